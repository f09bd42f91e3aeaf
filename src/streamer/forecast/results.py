"""What goes into a forecast and what comes out of it."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from streamer.forecast.dollars import Bill
from streamer.forecast.findings import Finding
from streamer.forecast.growth import Break, Declared
from streamer.forecast.traffic import Traffic
from streamer.project import Function

T = TypeVar("T")


@dataclass(frozen=True)
class Given:
    """What is known or assumed of a job. `payload` is as the model writes it, `payload_bytes` its JSON.

    `seconds` is how long it lasts, `working` how long its stages work where they also wait for somebody.
    """

    action: str
    payload: Any
    payload_bytes: int
    seconds: float
    working: float | None = None
    followers: int = 1
    items: int | None = None
    router: Function | None = None
    declared: Declared = field(default=Declared(None, None, None))


@dataclass(frozen=True)
class Range(Generic[T]):
    """The least: all goes well, and each stage says one thing. The most: it says ten a second.

    The worst: every retry is used up, each attempt lasts as long as its function may, and the job fails.
    """

    least: T
    most: T
    worst: T


@dataclass(frozen=True)
class Children:
    """The child executions of a Distributed Map, and the events in the longest history of one."""

    state: str
    kind: str
    executions: int
    events: int


@dataclass(frozen=True)
class Forecast:
    """All of it. Where the action answers at once there is no `machine`, and what a job has is zero."""

    action: str
    machine: str | None
    seconds: float
    payload_bytes: int
    followers: int
    events: Range[int]
    children: list[Children]
    state_bytes: Range[int]
    transitions: Range[int]
    lambda_calls: Range[int]
    traffic: Range[Traffic]
    dollars_per_thousand: Range[Bill]
    breaks: list[Break]
    findings: list[Finding]
    assumptions: list[str]

    @property
    def fails(self) -> bool:
        """Whether there is an error among the findings."""
        return any(finding.level == "error" for finding in self.findings)
