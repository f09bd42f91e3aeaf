"""The tables of docs/scale.md, and how they get into it: between a mark of their name and its end."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from benchmarks.scale import known
from benchmarks.scale.alternatives import (
    Pushing,
    connections_month,
    jobs_month,
    with_events,
    with_express,
)
from benchmarks.scale.limits import HEALTH, LIFE, OURS, SILENCE, Limit, broken, limits
from benchmarks.scale.overload import Overload
from benchmarks.scale.reports import COUNTED, Report, calibration, reports
from benchmarks.scale.storm import come_back

CONNECTIONS = (1_000, 10_000, 100_000, 1_000_000)
JOBS = (10, 100, 1_000)
OVER = 200  # jobs a second: somewhat over what a thousand concurrent executions carry
ATTEMPTS = (4, 6, 8, 10)
ROOM = 1.5  # a quota that is raised is raised to so much of the need
RETURN_RATES = (int(known.NEW_CONNECTIONS.value), 2_000)
FOLLOWERS = (1, 10, 100)

Rows = Iterable[Iterable[str]]


def filled(page: str) -> str:
    """Return the page with every table written anew. Raises ValueError where one has no place in it."""
    places = {name: re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->", re.DOTALL) for name in TABLES}
    for name, place in places.items():
        if (found := len(place.findall(page))) != 1:
            raise ValueError(f"docs/scale.md has {found} places for the table {name!r}")
    for name, place in places.items():
        (here,) = place.finditer(page)
        made = f"<!-- {name} -->\n\n{TABLES[name]()}\n\n<!-- /{name} -->"
        page = page[: here.start()] + made + page[here.end() :]
    return page


def _calibration() -> str:
    rows = [(what, f"{counted:,}", f"{forecast:,}") for what, counted, forecast in calibration()]
    return _table("a report of a month | counted | by the forecast", rows)


def _limits() -> str:
    quiet, counted, talkative = ({each.what: each for each in limits(one)} for one in reports().values())
    # Those of connections alone have a table of their own.
    ordered = sorted(
        (each for each in counted.values() if each.a_job), key=lambda each: each.most / each.a_job
    )
    rows = [
        (
            each.what,
            each.scope,
            _number(each.most),
            _number(each.a_job),
            *(_number(way[each.what].most / way[each.what].a_job) for way in (counted, quiet, talkative)),
            _number(each.need(0, JOBS[-1])),
            OURS.get(each.what, "on request"),
        )
        for each in ordered
    ]
    head = "limit | of | default | a report takes | breaks at, jobs/s"
    return _table(f"{head} | a frame a stage | ten frames a second | 1,000 jobs/s need | raised", rows)


def _tenant() -> str:
    rows = [
        (each.what, _number(each.limit), _number(each.per_job), _number(each.jobs_per_second))
        for each in _counted().breaks
        if each.scope == "tenant"
    ]
    return _table("limit of one tenant | default | a report takes | breaks at, jobs/s", rows)


def _connections() -> str:
    rows = []
    for number in CONNECTIONS:
        kept, asking = (limits(_counted(), asks) for asks in (HEALTH, SILENCE))
        rows.append(
            (
                f"{number:,}",
                _number(number / LIFE),
                _number(number / HEALTH),
                _shares(kept, number, 0),
                _number(number / SILENCE),
                _shares(asking, number, 0),
            )
        )
    return _table(
        "connections | handshakes/s | kept by `health`, messages/s | first, and its share"
        " | each asks about a silent job, messages/s | first, and its share",
        rows,
    )


def _grid() -> str:
    found = limits(_counted())
    rows = []
    for number in CONNECTIONS:
        for jobs in JOBS:
            worst, *others = broken(found, number, jobs)
            shares = [each.share(number, jobs) for each in found if each.scope == "account"]
            rows.append(
                (
                    f"{number:,}",
                    f"{jobs:,}",
                    worst.what,
                    _share(worst.share(number, jobs)),
                    "; ".join(f"{each.what} {_share(each.share(number, jobs))}" for each in others),
                    f"{math.ceil(max(shares)):,}",
                )
            )
    return _table("connections | jobs/s | nearest or broken | its share | broken too | accounts", rows)


def _minute() -> str:
    rows = []
    for name, report in list(reports().items())[1:]:
        defaults = limits(report)
        rows += [_minute_row(name, jobs, "defaults", report, defaults) for jobs in sorted({*JOBS, OVER})]
        raised = [replace(each, most=max(each.most, ROOM * each.need(0, JOBS[-1]))) for each in defaults]
        rows.append(_minute_row(name, JOBS[-1], "raised", report, raised))
    head = "frames | jobs/s | quotas | refused | accepted, but failed | ended | pushes refused"
    return _table(f"{head} | seconds in the mean | Lambda at most | what refused first", rows)


def _minute_row(name: str, jobs: int, quota: str, report: Report, found: list[Limit]) -> list[str]:
    out = Overload(report, found).run(jobs)
    accepted = out.offered - out.refused
    first = f"{out.first[0]}, after {out.first[1]:.1f} s" if out.first else ""
    return [
        name,
        f"{jobs:,}",
        quota,
        _share(out.refused / out.offered),
        _share(out.failed / accepted),
        _share(out.ended / out.offered),
        _share(out.pushes_refused / out.pushes),
        f"{out.seconds_in_all / accepted:.1f}",
        f"{out.peak:,.0f}",
        first,
    ]


def _retries() -> str:
    rows = []
    for attempts in ATTEMPTS:
        report = replace(_counted(), retry={**_counted().retry, "MaxAttempts": attempts})
        out = Overload(report, limits(report)).run(OVER)
        rows.append(
            (
                str(attempts),
                _share(out.failed / out.offered),
                f"{out.seconds_in_all / out.offered:.1f}",
                f"{out.last:.0f}",
            )
        )
    return _table(
        f"`MaxAttempts` | failed, of a minute of {OVER} jobs/s | seconds in the mean | last end, s", rows
    )


def _storm() -> str:
    rows = []
    for number in CONNECTIONS:
        for rate in RETURN_RATES:
            back = come_back(number, rate)
            times = (f"{each:,.0f}" for each in (back.half, back.most, back.last))
            rows.append((f"{number:,}", f"{rate:,}", *times, f"{back.attempts:.0f}", _share(back.gave_up)))
    return _table(
        "connections | let in a second | half are back, s | 99 %, s | the last, s | attempts each | gave up",
        rows,
    )


def _pushing() -> str:
    rows = []
    for followers in FOLLOWERS:
        each = Pushing(_counted(), followers)
        rates = (_number(each.gateway_jobs), _number(each.events_jobs))
        rows.append((str(followers), *rates, f"{each.gateway_dollars:.3f}", f"{each.events_dollars:.3f}"))
    return _table(
        "followers | reports/s by `@connections` | by AppSync Events | $ of 1,000 by `@connections`"
        " | by AppSync Events",
        rows,
    )


def _thousand() -> str:
    report = _counted()
    ways = (report.dollars, with_express(report), with_events(report))
    rows = [(part, *(f"{way[part]:.4f}" for way in ways)) for part in report.dollars]
    return _table("$ of 1,000 reports | as it is | Express | AppSync Events, one follower", rows)


def _month() -> str:
    report = _counted()
    rows = []
    for number in CONNECTIONS:
        for jobs in JOBS:
            held = connections_month(report, number, HEALTH)
            job = jobs_month(report.dollars["total"], jobs)
            express = held + jobs_month(with_express(report)["total"], jobs)
            rows.append(
                (f"{number:,}", f"{jobs:,}", *(f"{each:,.0f}" for each in (held, job, held + job, express)))
            )
    return _table("connections | jobs/s | connections, $ | jobs, $ | $ a month | with Express", rows)


def _read() -> str:
    rows = [
        (
            each.what,
            f"{each.value:,g}" if each.value >= 1 else f"{each.value * 1e6:.2f} a million",
            "yes" if each.read else "**no**",
            each.source,
        )
        for each in known.ALL
    ]
    return _table("number | value | on a page of AWS's | where", rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "calibration": _calibration,
    "limits": _limits,
    "tenant": _tenant,
    "connections": _connections,
    "grid": _grid,
    "minute": _minute,
    "retries": _retries,
    "storm": _storm,
    "pushing": _pushing,
    "thousand": _thousand,
    "month": _month,
    "read": _read,
}


def _counted() -> Report:
    return reports()[COUNTED]


def _shares(found: list[Limit], connections: float, jobs: float) -> str:
    worst = broken(found, connections, jobs)[0]
    return f"{worst.what} {_share(worst.share(connections, jobs))}"


def _share(part: float) -> str:
    """Return percents, or how many times."""
    if part >= 2:
        return f"{part:.1f} times"
    return "0" if part < 5e-5 else f"{100 * part:.2g} %" if part < 0.1 else f"{100 * part:.0f} %"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _table(head: str, rows: Rows) -> str:
    columns = head.split(" | ")
    lines = [f"| {head} |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
