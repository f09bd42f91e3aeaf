"""approve_report: a report that is published, or not, as a person decides."""
