"""Tables of what breaks: what jobs and connections take of each limit."""

import math

from benchmarks.scale.limits import HEALTH, LIFE, OURS, SILENCE, Limit, broken, limits
from benchmarks.scale.markdown import number, share, table
from benchmarks.scale.reports import calibration, counted, reports

CONNECTIONS = (1_000, 10_000, 100_000, 1_000_000)
JOBS = (10, 100, 1_000)


def calibrated() -> str:
    """Show the calls that were counted beside those of the forecast."""
    rows = [(what, f"{run:,}", f"{forecast:,}") for what, run, forecast in calibration()]
    return table("a report of a month | counted | by the forecast", rows)


def of_limits() -> str:
    """Show each limit that jobs share, the first to break first."""
    quiet, middle, talkative = ({each.what: each for each in limits(one)} for one in reports().values())
    # Those of connections alone have a table of their own.
    ordered = sorted(
        (each for each in middle.values() if each.a_job), key=lambda each: each.most / each.a_job
    )
    rows = [
        (
            each.what,
            each.scope,
            number(each.most),
            number(each.a_job),
            *(number(way[each.what].most / way[each.what].a_job) for way in (middle, quiet, talkative)),
            number(each.need(0, JOBS[-1])),
            OURS.get(each.what, "on request"),
        )
        for each in ordered
    ]
    head = "limit | of | default | a report takes | breaks at, jobs/s"
    return table(f"{head} | a frame a stage | ten frames a second | 1,000 jobs/s need | raised", rows)


def of_a_tenant() -> str:
    """Show the limits of each tenant alone."""
    rows = [
        (each.what, number(each.limit), number(each.per_job), number(each.jobs_per_second))
        for each in counted().breaks
        if each.scope == "tenant"
    ]
    return table("limit of one tenant | default | a report takes | breaks at, jobs/s", rows)


def of_connections() -> str:
    """Show what connections take that are kept, or ask about a silent job."""
    rows = []
    for connected in CONNECTIONS:
        kept, asking = (limits(counted(), asks) for asks in (HEALTH, SILENCE))
        rows.append(
            (
                f"{connected:,}",
                number(connected / LIFE),
                number(connected / HEALTH),
                _nearest(kept, connected, 0),
                number(connected / SILENCE),
                _nearest(asking, connected, 0),
            )
        )
    return table(
        "connections | handshakes/s | kept by `health`, messages/s | first, and its share"
        " | each asks about a silent job, messages/s | first, and its share",
        rows,
    )


def of_both() -> str:
    """Show what breaks under connections and jobs together."""
    found = limits(counted())
    rows = []
    for connected in CONNECTIONS:
        for jobs in JOBS:
            worst, *others = broken(found, connected, jobs)
            shares = [each.share(connected, jobs) for each in found if each.scope == "account"]
            rows.append(
                (
                    f"{connected:,}",
                    f"{jobs:,}",
                    worst.what,
                    share(worst.share(connected, jobs)),
                    "; ".join(f"{each.what} {share(each.share(connected, jobs))}" for each in others),
                    f"{math.ceil(max(shares)):,}",
                )
            )
    return table("connections | jobs/s | nearest or broken | its share | broken too | accounts", rows)


def _nearest(found: list[Limit], connections: float, jobs: float) -> str:
    worst = broken(found, connections, jobs)[0]
    return f"{worst.what} {share(worst.share(connections, jobs))}"
