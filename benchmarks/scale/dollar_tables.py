"""Tables of what it costs, of what others carry, and of where the numbers are from."""

from benchmarks.scale import known
from benchmarks.scale.alternatives import (
    Pushing,
    connections_month,
    jobs_month,
    with_events,
    with_express,
)
from benchmarks.scale.limits import HEALTH
from benchmarks.scale.markdown import number, table
from benchmarks.scale.quota_tables import CONNECTIONS, JOBS
from benchmarks.scale.reports import counted

FOLLOWERS = (1, 10, 100)


def of_pushing() -> str:
    """Compare the two ways to push, by followers."""
    rows = []
    for followers in FOLLOWERS:
        each = Pushing(counted(), followers)
        rates = (number(each.gateway_jobs), number(each.events_jobs))
        rows.append((str(followers), *rates, f"{each.gateway_dollars:.3f}", f"{each.events_dollars:.3f}"))
    return table(
        "followers | reports/s by `@connections` | by AppSync Events | $ of 1,000 by `@connections`"
        " | by AppSync Events",
        rows,
    )


def of_a_thousand() -> str:
    """Show what a thousand reports cost in three ways."""
    report = counted()
    ways = (report.dollars, with_express(report), with_events(report))
    rows = [(part, *(f"{way[part]:.4f}" for way in ways)) for part in report.dollars]
    return table("$ of 1,000 reports | as it is | Express | AppSync Events, one follower", rows)


def of_a_month() -> str:
    """Show what a month costs."""
    report = counted()
    rows = []
    for connected in CONNECTIONS:
        for jobs in JOBS:
            held = connections_month(report, connected, HEALTH)
            job = jobs_month(report.dollars["total"], jobs)
            express = held + jobs_month(with_express(report)["total"], jobs)
            rows.append(
                (
                    f"{connected:,}",
                    f"{jobs:,}",
                    *(f"{each:,.0f}" for each in (held, job, held + job, express)),
                )
            )
    return table("connections | jobs/s | connections, $ | jobs, $ | $ a month | with Express", rows)


def of_what_was_read() -> str:
    """Show where the numbers beside the forecast's are from."""
    rows = [
        (
            each.what,
            f"{each.value:,.0f}" if each.value >= 1 else f"{each.value * 1e6:.2f} a million",
            "yes" if each.read else "**no**",
            each.source,
        )
        for each in known.ALL
    ]
    return table("number | value | on a page of AWS's | where", rows)
