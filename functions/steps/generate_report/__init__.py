"""generate_report: a period's records become a report that anyone with its link can open."""
