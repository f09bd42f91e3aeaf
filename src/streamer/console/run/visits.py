"""What an execution did, as its history tells it: states that were visited, attempts, a Map's items.

Times are seconds since the epoch. `event` numbers lead to the texts that a history's events carry.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

OPEN = {"running", "starting", "waiting", "backing_off"}


@dataclass(slots=True)
class Attempt:
    """One try of a task, or of a Map or Parallel as a whole.

    Scheduled, then started; `submitted` where it then waits for its token or its job. With a `final` one the
    execution ended; if there are others after it, it was redriven.
    """

    event: int
    scheduled: float
    started: float | None = None
    submitted: float | None = None
    ended: float | None = None
    status: str = "starting"
    error: str = ""
    cause: str = ""
    last_event: int = 0
    final: bool = False

    def end(self, status: str, at: float) -> None:
        """Close the attempt."""
        self.status, self.ended = status, at


@dataclass(slots=True)
class Visit:
    """A state, entered once: `kind` is its type. `item` is the Map's item or the branch that it is in."""

    name: str
    kind: str
    item: "Item | None"
    entered: float | None = None
    exited: float | None = None
    entered_event: int = 0
    exited_event: int = 0
    status: str = "running"
    attempts: list[Attempt] = field(default_factory=list)
    items: dict[int, "Item"] = field(default_factory=dict)
    length: int = 0
    map_run: str = ""

    @property
    def failed(self) -> bool:
        """Whether its newest attempt failed."""
        return bool(self.attempts) and self.attempts[-1].status in {"failed", "timed_out"}

    def settle(self, ended: str, at: float | None) -> None:
        """Say how it stands; `ended` is how what it is a part of ended, or ""."""
        last = self.attempts[-1] if self.attempts else None
        if self.kind == "Fail":
            self.status = "failed"
        elif self.exited is not None:
            self.status = "caught" if self.failed else "succeeded"
        elif ended:
            self.status = last.status if last is not None and self.failed else ended
            if last is not None and last.ended is None:
                last.end(ended, at or last.scheduled)
        elif self.failed:
            self.status = "starting" if last and last.final else "backing_off"
        elif last is not None:
            self.status = last.status
        else:
            self.status = "waiting" if self.kind == "Wait" else "running"


@dataclass(slots=True)
class Item:
    """One item of a Map, by its index; a Parallel's visits are all in one, of index 0."""

    index: int
    of: Visit
    started: float
    ended: float | None = None
    status: str = "running"
    visits: list[Visit] = field(default_factory=list)


@dataclass(frozen=True)
class End:
    """How an execution ended, as DescribeExecution tells it.

    `redrive` is AWS's word on a redrive, `trace` the header of its trace, if there are any.
    """

    status: str
    at: float
    error: str = ""
    cause: str = ""
    redrive: str = ""
    redrive_reason: str = ""
    trace: str = ""


@dataclass(slots=True)
class Story:
    """An execution so far.

    `complete`: its history was read from its beginning on. `closed`: and to its end. `ways` are those that it
    went, from a state to another, and whether an error was caught on it.
    """

    status: str = "RUNNING"
    started: float | None = None
    ended: float | None = None
    error: str = ""
    cause: str = ""
    redrives: int = 0
    events: int = 0
    complete: bool = True
    closed: bool = False
    visits: list[Visit] = field(default_factory=list)
    ways: set[tuple[str, str, bool]] = field(default_factory=set)

    def all(self) -> Iterator[Visit]:
        """Yield every visit, those inside of Maps and Parallels after the one that they are in."""
        todo = list(reversed(self.visits))
        while todo:
            visit = todo.pop()
            yield visit
            for index in sorted(visit.items, reverse=True):
                todo += reversed(visit.items[index].visits)
