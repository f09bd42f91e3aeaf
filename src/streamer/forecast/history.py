"""What a state leaves behind when an execution passes through it: events and billed transitions.

The events are counted as AWS writes them; tests/e2e/test_forecast.py compares them with the local engine's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# ExecutionStarted, and ExecutionSucceeded, Failed, TimedOut or Aborted.
OF_AN_EXECUTION = 2

# One attempt of a task: TaskScheduled, TaskStarted, and TaskSucceeded, TaskFailed or TaskTimedOut. A retry
# leaves nothing else: the state is entered once. The older integration by a function's ARN writes as many,
# under other names (LambdaFunctionScheduled, …).
OF_AN_ATTEMPT = 3

# A task that waits for a job or a token writes TaskSubmitted too.
_WAITING = (".sync", ".sync:2", ".waitForTaskToken")

# What AWS runs at once of a Map that says nothing, and at most.
INLINE_CONCURRENCY, DISTRIBUTED_CONCURRENCY = 40, 10_000

Where = Literal["parent", "STANDARD", "EXPRESS"]


@dataclass(frozen=True)
class Visit:
    """A state that an execution passes through.

    `attempts` is how often it is tried. `inner` is what a Map runs for each of `items`, or a Parallel once:
    its branches, one after the other.
    """

    name: str
    state: Mapping[str, Any]
    attempts: int = 1
    items: int = 1
    inner: tuple["Visit", ...] = ()

    @property
    def kind(self) -> str:
        """The state's type."""
        return str(self.state["Type"])

    @property
    def child_kind(self) -> Where:
        """Where `inner` runs: in the execution itself, or in children of a Distributed Map."""
        given = processor(self.state).get("ProcessorConfig", {}) if self.kind == "Map" else {}
        if given.get("Mode") != "DISTRIBUTED":
            return "parent"
        return "EXPRESS" if given.get("ExecutionType") == "EXPRESS" else "STANDARD"

    @property
    def at_once(self) -> int:
        """How many of its items run at the same time."""
        if self.kind != "Map":
            return 1
        most = INLINE_CONCURRENCY if self.child_kind == "parent" else DISTRIBUTED_CONCURRENCY
        given = self.state.get("MaxConcurrency", 0)
        wanted = given if isinstance(given, int) and given > 0 else most
        return max(1, min(self.items, wanted, most))

    @property
    def is_lambda(self) -> bool:
        """Whether it calls a Lambda function."""
        resource = str(self.state.get("Resource", ""))
        return ":lambda:invoke" in resource or ":function:" in resource


Path = tuple[Visit, ...]


@dataclass(frozen=True)
class Run:
    """A visit, how often it takes place in a job, `at_once` of these together, in which kind of execution."""

    visit: Visit
    times: int
    at_once: int
    where: Where


def processor(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a Map runs for each item, under its new name or its old one."""
    found: Mapping[str, Any] = state.get("ItemProcessor") or state.get("Iterator") or {}
    return found


def events(path: Path) -> int:
    """Return the events that an execution's own history has of a path; of the execution itself, see above."""
    return sum(_events(visit) for visit in path)


def runs(path: Path, times: int = 1, at_once: int = 1, where: Where = "parent") -> Iterator[Run]:
    """Yield every visit of a path and of what is inside, with how often it takes place."""
    for visit in path:
        yield Run(visit, times, at_once, where)
        inside = visit.child_kind if visit.child_kind != "parent" else where
        inner_times = times * visit.attempts * visit.items
        yield from runs(visit.inner, inner_times, at_once * visit.at_once, inside)


def transitions(path: Path) -> int:
    """Return the transitions that Standard bills: each state that is entered, and each retry."""
    return sum(run.times * run.visit.attempts for run in runs(path) if run.where != "EXPRESS")


def invocations(path: Path) -> int:
    """Return how often Lambda functions are called."""
    return sum(run.times * run.visit.attempts for run in runs(path) if run.visit.is_lambda)


def children(path: Path) -> list[tuple[Visit, int]]:
    """Return the Distributed Maps, each with the number of child executions that it starts."""
    return [
        (run.visit, run.times * run.visit.attempts * run.visit.items)
        for run in runs(path)
        if run.visit.child_kind != "parent"
    ]


def _events(visit: Visit) -> int:
    match visit.kind:
        case "Fail":
            return 1  # FailStateEntered
        case "Task":
            resource = str(visit.state.get("Resource", ""))
            return 2 + visit.attempts * (OF_AN_ATTEMPT + resource.endswith(_WAITING))
        case "Parallel":  # ParallelStateStarted, and ParallelStateSucceeded or Failed
            return 2 + visit.attempts * (2 + events(visit.inner))
        case "Map" if visit.child_kind == "parent":
            # MapStateStarted and MapStateSucceeded; for each item MapIterationStarted and Succeeded.
            return 2 + visit.attempts * (2 + visit.items * (2 + events(visit.inner)))
        case (
            "Map"
        ):  # MapStateStarted, MapRunStarted, MapRunSucceeded, MapStateSucceeded; children write their own
            return 2 + visit.attempts * 4
        case _:  # Pass, Choice, Wait, Succeed: entered and exited
            return 2
