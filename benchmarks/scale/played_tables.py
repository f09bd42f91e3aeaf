"""Tables of what was played: a minute over the limits, and everybody's return."""

from dataclasses import replace

from benchmarks.scale import known
from benchmarks.scale.limits import Limit, limits
from benchmarks.scale.markdown import share, table
from benchmarks.scale.overload import Overload
from benchmarks.scale.quota_tables import CONNECTIONS, JOBS
from benchmarks.scale.reports import Report, counted, reports
from benchmarks.scale.storm import come_back

OVER = 200  # jobs a second: somewhat over what a thousand concurrent executions carry
ATTEMPTS = (4, 6, 8, 10)
ROOM = 1.5  # a quota that is raised is raised to so much of the need
RETURN_RATES = (int(known.NEW_CONNECTIONS.value), 2_000)


def of_a_minute() -> str:
    """Show what becomes of a minute of jobs."""
    rows = []
    for name, report in list(reports().items())[1:]:
        defaults = limits(report)
        rows += [_row(name, jobs, "defaults", report, defaults) for jobs in sorted({*JOBS, OVER})]
        raised = [replace(each, most=max(each.most, ROOM * each.need(0, JOBS[-1]))) for each in defaults]
        rows.append(_row(name, JOBS[-1], "raised", report, raised))
    head = "frames | jobs/s | quotas | refused | accepted, but failed | ended | pushes refused"
    return table(f"{head} | seconds in the mean | Lambda at most | what refused first", rows)


def _row(name: str, jobs: int, quota: str, report: Report, found: list[Limit]) -> list[str]:
    out = Overload(report, found).run(jobs)
    accepted = out.offered - out.refused
    first = f"{out.first[0]}, after {out.first[1]:.1f} s" if out.first else ""
    return [
        name,
        f"{jobs:,}",
        quota,
        share(out.refused / out.offered),
        share(out.failed / accepted),
        share(out.ended / out.offered),
        share(out.pushes_refused / out.pushes),
        f"{out.seconds_in_all / accepted:.1f}",
        f"{out.peak:,.0f}",
        first,
    ]


def of_retries() -> str:
    """Show what more attempts of a stage are good for."""
    rows = []
    for attempts in ATTEMPTS:
        report = replace(counted(), retry={**counted().retry, "MaxAttempts": attempts})
        out = Overload(report, limits(report)).run(OVER)
        rows.append(
            (
                str(attempts),
                share(out.failed / out.offered),
                f"{out.seconds_in_all / out.offered:.1f}",
                f"{out.last:.0f}",
            )
        )
    return table(
        f"`MaxAttempts` | failed, of a minute of {OVER} jobs/s | seconds in the mean | last end, s", rows
    )


def of_a_storm() -> str:
    """Show how long it takes until all clients are back."""
    rows = []
    for connected in CONNECTIONS:
        for rate in RETURN_RATES:
            back = come_back(connected, rate)
            times = (f"{each:,.0f}" for each in (back.half, back.most, back.last))
            rows.append((f"{connected:,}", f"{rate:,}", *times, f"{back.attempts:.0f}", share(back.gave_up)))
    return table(
        "connections | let in a second | half are back, s | 99 %, s | the last, s | attempts each | gave up",
        rows,
    )
