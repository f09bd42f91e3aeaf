"""One forecast: from a state machine and what is assumed of a job to every number that is printed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streamer.forecast import findings, growth, sizes, traffic
from streamer.forecast.dollars import per_thousand
from streamer.forecast.findings import Finding
from streamer.forecast.history import OF_AN_EXECUTION, Path, children, events, invocations, transitions
from streamer.forecast.items import ItemCount
from streamer.forecast.paths import happy, waits, worst
from streamer.forecast.results import Children, Forecast, Given, Range
from streamer.forecast.stages import Stage, stages
from streamer.forecast.traffic import Assumed
from streamer.project import Function, Machine

# What the router takes for an acknowledgment: two calls of AWS.
ROUTER_SECONDS = 0.1

# How long the stages of a job work at most that waits, for somebody or for time to pass: its estimate
# tells of the wait.
WORKING_SECONDS = 10.0


def answer(given: Given) -> Forecast:
    """Forecast an action that is answered at once: a message, a call of the router, a message."""
    found = traffic.answered(Assumed(given.payload_bytes, given.followers))
    if given.working is not None:
        given = replace(given, seconds=given.working)
    router = _gigabytes(given.router)
    bill = per_thousand((), [], found, router, given.seconds)
    return _forecast(
        given,
        None,
        state_bytes=Range(0, 0, 0),
        traffic=Range(found, found, found),
        dollars_per_thousand=Range(bill, bill, bill),
        breaks=growth.breaks((), [], found, given.seconds, given.seconds, given.declared),
        findings=[],
        assumptions=[
            "It is answered at once: no execution, no frame, no write.",
            f"Its handler takes {given.seconds:g} s (--seconds); what it calls is not counted.",
        ],
    )


def job(machine: Machine, given: Given) -> Forecast:
    """Forecast an action that its state machine runs; the definition must be `findings.broken`-free."""
    items = ItemCount(given.items, given.payload)
    waiting = waits(machine.definition)
    if not waiting and given.working is not None:
        given = replace(given, seconds=given.working)
    working = given.seconds
    if waiting:
        working = min(working, WORKING_SECONDS) if given.working is None else given.working
    well, badly = happy(machine.definition, items), worst(machine.definition, items)
    path = well or ()
    by_name = machine.functions
    good = stages(path, by_name, working)
    bad = _exhausted(stages(badly, by_name, working), machine.definition)
    assumed = Assumed(given.payload_bytes, given.followers)
    flows = Range(
        traffic.job(good, assumed, most=False, completes=True),
        traffic.job(good, assumed, most=True, completes=True),
        traffic.job(bad, assumed, most=True, completes=_ends_well(badly)),
    )
    router = _gigabytes(given.router)
    least, most = (sizes.largest(badly, of(given.payload_bytes)) for of in (sizes.least, sizes.most))
    return _forecast(
        given,
        machine,
        paths=(path, badly),
        state_bytes=Range(least[0], most[0], most[0]),
        traffic=flows,
        dollars_per_thousand=Range(
            per_thousand(path, good, flows.least, router, ROUTER_SECONDS),
            per_thousand(path, good, flows.most, router, ROUTER_SECONDS),
            per_thousand(badly, bad, flows.worst, router, ROUTER_SECONDS),
        ),
        breaks=growth.breaks(path, good, flows.most, given.seconds, ROUTER_SECONDS, given.declared),
        findings=_findings(machine, well, badly, good, least, most),
        assumptions=[*_assumptions(given, working if waiting else None), *items.assumptions],
    )


def _forecast(
    given: Given, machine: Machine | None, paths: tuple[Path, Path] = ((), ()), **found: Any
) -> Forecast:
    path, badly = paths
    return Forecast(
        action=given.action,
        machine=str(machine.path) if machine else None,
        seconds=given.seconds,
        payload_bytes=given.payload_bytes,
        followers=given.followers,
        events=_range(_history, path, badly),
        children=[
            Children(visit.name, visit.child_kind, number, _history(visit.inner))
            for visit, number in children(badly)
        ],
        transitions=_range(transitions, path, badly),
        lambda_calls=_range(lambda way: 1 + invocations(way), path, badly),
        **found,
    )


def _range(count: Any, path: Path, badly: Path) -> Range[int]:
    return Range(count(path), count(path), count(badly))


def _history(path: Path) -> int:
    return OF_AN_EXECUTION + events(path) if path else 0


def _ends_well(path: Path) -> bool:
    return not path or path[-1].kind != "Fail"


def _gigabytes(router: Function | None) -> float:
    return router.memory / 1024 if router else 0.0


def _exhausted(found: list[Stage], machine: Mapping[str, Any]) -> list[Stage]:
    """Let each call last as long as its function may, until the machine's own time is over."""
    limit = machine.get("TimeoutSeconds")
    left = float(limit) if isinstance(limit, int | float) else float("inf")
    late = []
    for stage in found:
        each = stage.function.timeout if stage.function else 0.0
        seconds = min(left, each * stage.calls / stage.at_once)
        left -= seconds
        late.append(replace(stage, seconds=seconds))
    return late


def _findings(
    machine: Machine,
    well: Path | None,
    badly: Path,
    good: list[Stage],
    least: tuple[int, str],
    most: tuple[int, str],
) -> list[Finding]:
    found = list(findings.declared(machine.definition))
    if well is None:
        found.append(Finding("error", "", "no way leads to a successful end"))
    found += findings.large(_history(badly), "the history")
    for visit, _ in children(badly):
        if visit.child_kind == "STANDARD":
            found += findings.large(_history(visit.inner), f"the history of a child of {visit.name!r}")
    found += findings.heavy(least, most)
    found += findings.outlasted(well or (), good)
    found += findings.hot(good)
    found += findings.late(machine.definition, well or (), badly)
    return sorted(found, key=lambda finding: finding.level != "error")


def _assumptions(given: Given, working: float | None) -> list[str]:
    lasts = f"The job takes {given.seconds:,g} s; each stage its part of the progress (--seconds)."
    if working is not None:
        lasts = (
            f"The job lasts {given.seconds:,g} s, and waits most of them; its stages work {working:g} s,"
            " each its part of the progress (--seconds)."
        )
    return [
        lasts,
        f"{given.followers} {'connection follows' if given.followers == 1 else 'connections follow'} it"
        " (--followers).",
        f"A frame and a result have at most 1 KB; the acknowledgment takes the router {ROUTER_SECONDS:g} s.",
        "A message is metered once for each 32 KB. A transition is a state that is entered, or a retry.",
        "What the steps do besides is not counted: their own calls of S3, logs, traces, data transfer.",
    ]
