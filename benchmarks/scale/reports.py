"""The job of every table: a report of a month, as the forecast has it and as its calls were counted."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from streamer.forecast import traffic
from streamer.forecast.asking import declared
from streamer.forecast.dollars import Bill, per_thousand
from streamer.forecast.engine_facts import LAST_FRAMES
from streamer.forecast.forecasting import ROUTER_SECONDS
from streamer.forecast.growth import Break, breaks
from streamer.forecast.history import transitions
from streamer.forecast.paths import happy
from streamer.forecast.stages import Stage, stages
from streamer.forecast.traffic import Assumed, Traffic
from streamer.project import Project, load

ROOT = Path(__file__).parents[2]
ACTION = "generate_report"
PAYLOAD = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf", "include_charts": True}

COUNTED = "as counted"
TRANSACTIONS = 2
WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem")
READS = ("dynamodb:Query", "dynamodb:GetItem")


@dataclass(frozen=True)
class Report:
    """One way that the job goes. `seconds` it lasts; `dollars` are those of a thousand.

    `retry` is how its machine tries a stage again whose function found no room.
    """

    name: str
    seconds: float
    stages: tuple[Stage, ...]
    transitions: int
    traffic: Traffic
    breaks: tuple[Break, ...]
    dollars: Bill
    router_gigabytes: float
    retry: dict[str, Any]


@cache
def reports() -> dict[str, Report]:
    """Return the quietest, the counted and the most talkative run, by name."""
    project = load(ROOT / "template.yaml")
    given = Assumed(len(json.dumps(PAYLOAD)), followers=1)
    found, seconds = _stages(project)
    least = traffic.job(found, given, most=False, completes=True)
    most = traffic.job(found, given, most=True, completes=True)
    ways = {"a frame a stage": least, COUNTED: as_counted(least), "ten frames a second": most}
    return {name: _report(project, name, way, found, seconds) for name, way in ways.items()}


def counted() -> Report:
    """Return the counted run."""
    return reports()[COUNTED]


def as_counted(least: Traffic) -> Traffic:
    """Return the traffic of a job that sends, writes and saves as much as the counted one."""
    frames = counted_frames()
    more, more_writes = frames - least.frames, _single_writes() - (least.writes - TRANSACTIONS)
    return replace(
        least,
        frames=frames,
        pushes=frames,
        messages=least.messages + more,
        writes=least.writes + more_writes,
        write_units=least.write_units + more_writes,
    )


def calibration() -> list[tuple[str, int, int]]:
    """Return for each kind of call how many were counted, and how many the forecast has."""
    calls, found = _counted_calls(), reports()[COUNTED].traffic
    return [
        ("transactions of DynamoDB: the claim, the end", calls["dynamodb:TransactWriteItems"], TRANSACTIONS),
        ("reads of DynamoDB", sum(calls[name] for name in READS), found.reads),
        ("pushes", calls["apigatewaymanagementapi:PostToConnection"], found.pushes),
        ("executions started", calls["stepfunctions:StartExecution"], 1),
    ]


def checkpoints() -> int:
    """Return how many checkpoints the counted run saved: one a second at most, so none on a fast machine."""
    return _single_writes() - (counted_frames() - LAST_FRAMES)


def counted_frames() -> int:
    """Return how many frames the counted run sent."""
    return sum(row["frames"] for row in counted_rows())


def _single_writes() -> int:
    calls = _counted_calls()
    return sum(calls[name] for name in WRITES)


def _counted_calls() -> Counter[str]:
    calls: Counter[str] = Counter()
    for row in counted_rows():
        for each in filter(None, row["these"].split(", ")):
            times, name = each.split()
            calls[name] += int(times)
    return calls


def counted_rows() -> list[dict[str, Any]]:
    """Return what `python -m benchmarks report` counted, part by part."""
    rows: list[dict[str, Any]] = json.loads((ROOT / "docs/performance.json").read_text())["report"]["rows"]
    return rows


def _stages(project: Project) -> tuple[list[Stage], float]:
    machine = project.machines[ACTION]
    seconds = project.action(ACTION).seconds(project.check(ACTION, PAYLOAD))
    return stages(_path(project), machine.functions, seconds), seconds


def _path(project: Project) -> Any:
    path = happy(project.machines[ACTION].definition, lambda *_: 1)
    if path is None:
        raise RuntimeError("the report's machine has no good end")
    return path


def _report(project: Project, name: str, way: Traffic, found: list[Stage], seconds: float) -> Report:
    path, router = _path(project), project.router
    memory = router.memory / 1024 if router else 0
    return Report(
        name,
        seconds,
        tuple(found),
        transitions(path),
        way,
        tuple(breaks(path, found, way, seconds, ROUTER_SECONDS, declared(project))),
        per_thousand(path, found, way, memory, ROUTER_SECONDS),
        memory,
        _throttled(project),
    )


def _throttled(project: Project) -> dict[str, Any]:
    """Return how a stage is tried again whose function found no room."""
    state = next(iter(project.machines[ACTION].definition["States"].values()))
    (found,) = [each for each in state["Retry"] if "Lambda.TooManyRequestsException" in each["ErrorEquals"]]
    return dict(found)
