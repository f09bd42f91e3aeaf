"""The linter: what is wrong with a state machine, and what may become so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from streamer.forecast import quotas
from streamer.forecast.history import Path, Visit, runs
from streamer.forecast.paths import following, loops, parts
from streamer.forecast.stages import Stage

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """Something to put right (an error), or to know (a warning), and the state that it is about."""

    level: Level
    state: str
    message: str


def broken(block: Mapping[str, Any]) -> list[Finding]:
    """Return what keeps a definition from being read: states that are named and do not exist."""
    if not isinstance(block.get("States"), dict) or "StartAt" not in block:
        return [Finding("error", "", "it needs StartAt and States")]
    states = block["States"]
    if block["StartAt"] not in states:
        return [Finding("error", block["StartAt"], "StartAt names a state that does not exist")]
    found = []
    for name, state in states.items():
        if "Type" not in state:
            found.append(Finding("error", name, "it has no Type"))
            continue
        missing = [each for each in following(state, caught=True) if each not in states]
        found += [Finding("error", name, f"it leads to {each!r}, which does not exist") for each in missing]
        for part in parts(state):
            found += broken(part)
    return found


def declared(block: Mapping[str, Any], *, express: bool = False) -> Iterator[Finding]:
    """Yield what every Task should declare and does not."""
    for name in loops(block):
        yield Finding("warning", name, "an execution can come back to it: the forecast counts one round")
    yield from _declared(block, express=express)


def _declared(block: Mapping[str, Any], *, express: bool) -> Iterator[Finding]:
    for name, state in block["States"].items():
        if state["Type"] == "Task":
            yield from _task(name, state, express=express)
        for part in parts(state):
            kind = part.get("ProcessorConfig", {}).get("ExecutionType")
            yield from _declared(part, express=express or kind == "EXPRESS")


def _task(name: str, state: Mapping[str, Any], *, express: bool) -> Iterator[Finding]:
    if "TimeoutSeconds" not in state:
        yield Finding("error", name, "without TimeoutSeconds it may hang for a year")
    if not state.get("Retry"):
        yield Finding("warning", name, "without Retry a fault of a moment fails the job")
    if not state.get("Catch") and not express:
        yield Finding("warning", name, "without Catch a failure is only settled by the rule or the sweep")
    if express and str(state.get("Resource", "")).endswith(".waitForTaskToken"):
        yield Finding("error", name, "an Express execution cannot wait for a token")
    timeout = state.get("TimeoutSeconds")
    if express and isinstance(timeout, int) and timeout > quotas.EXPRESS_SECONDS.most:
        limit = quotas.EXPRESS_SECONDS.most
        yield Finding(
            "warning", name, f"it may take {timeout:,} s; an Express execution ends after {limit} s"
        )


def outlasted(path: Path, stages: list[Stage]) -> Iterator[Finding]:
    """Yield the tasks that AWS gives up before their function is out of time."""
    timeouts = {run.visit.name: run.visit.state.get("TimeoutSeconds") for run in runs(path)}
    for stage in stages:
        most = timeouts[stage.name]
        if stage.function and isinstance(most, int) and most <= stage.function.timeout:
            message = f"its {most} s are over before its function's {stage.function.timeout:g} s"
            yield Finding("error", stage.name, message)


def hot(stages: list[Stage]) -> Iterator[Finding]:
    """Yield the Maps whose items count faster than the job's partition can write."""
    most = quotas.PARTITION_WRITES.most
    for stage in stages:
        rate = stage.calls / stage.seconds if stage.counted and stage.seconds else 0
        if rate > most:
            message = f"its items count {rate:,.0f} times a second; their partition takes {most:,}"
            yield Finding("warning", stage.name, message)


def late(machine: Mapping[str, Any], happy: Path, worst: Path) -> Iterator[Finding]:
    """Yield what is wrong with the machine's own TimeoutSeconds."""
    most = machine.get("TimeoutSeconds")
    if not isinstance(most, int):
        yield Finding("warning", "", "without TimeoutSeconds an execution may last a year")
        return
    once, again = _seconds(happy), _seconds(worst)
    if once > most:
        message = f"its TimeoutSeconds are {most:,}; its states may take {once:,} s without a retry"
        yield Finding("error", "", message)
    elif again > most:
        message = f"its TimeoutSeconds are {most:,}; with every retry its states may take {again:,} s"
        yield Finding("warning", "", message)


def large(events: int, of: str) -> Iterator[Finding]:
    """Yield an error where a history is too long."""
    if events > quotas.HISTORY_EVENTS.most:
        message = f"{of} may have {events:,} events; AWS ends it at {quotas.HISTORY_EVENTS.most:,}"
        yield Finding("error", "", message)


def heavy(least: tuple[int, str], most: tuple[int, str]) -> Iterator[Finding]:
    """Yield what there is to say of the state's size: certain is an error, possible a warning."""
    limit = quotas.STATE_BYTES.most
    if least[0] > limit:
        yield Finding("error", least[1], f"its data has {least[0]:,} bytes; AWS takes {limit:,}")
    elif most[0] > limit:
        message = f"its data may have {most[0]:,} bytes, if every result is large; AWS takes {limit:,}"
        yield Finding("warning", most[1], message)


def _seconds(path: Path) -> int:
    """Return how long the tasks and waits of a path may take, one after the other."""
    return sum(_of(visit) for visit in path)


def _of(visit: Visit) -> int:
    own = visit.state.get("TimeoutSeconds" if visit.kind == "Task" else "Seconds", 0)
    rounds = -(-visit.items // visit.at_once)
    return visit.attempts * ((own if isinstance(own, int) else 0) + rounds * _seconds(visit.inner))
