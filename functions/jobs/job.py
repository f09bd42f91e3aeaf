"""Which job a step works for, and which part of it."""

from dataclasses import dataclass
from typing import Any, Self

from jobs.keys import folder, results

# Below 100 until the job is complete: 100 is logged together with the terminal frame, so once.
HIGHEST_WHILE_RUNNING = 99.0


@dataclass(frozen=True)
class Job:
    """The execution's input, as the router wrote it. Identity comes from the authorizer."""

    tenant: str
    user: str
    request_id: str
    action: str
    metadata: dict[str, Any]

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read the job from a step's event: `$states.context` travels in it whole."""
        given = event["context"]["Execution"]["Input"]
        return cls(
            tenant=given["tenant"],
            user=given["user"],
            request_id=given["request_id"],
            action=given["action"],
            metadata=given["metadata"],
        )

    def keys(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return what every line of a step's log names; `event` is the one that the job was read from."""
        return {
            "tenant": self.tenant,
            "request_id": self.request_id,
            "action": self.action,
            "execution": event["context"]["Execution"].get("Id"),
        }

    @property
    def folder(self) -> str:
        """Where in the data bucket the job's intermediate data lies."""
        return folder(self.tenant, self.request_id)

    @property
    def results(self) -> str:
        """Where in the data bucket the job's results lie."""
        return results(self.tenant, self.request_id)


@dataclass(frozen=True)
class Stage:
    """A state of the state machine: its name, its part of the whole (percent), and which try this is.

    A state inside a Map runs once for each of the Map's items: `item` is the number of its own, and `total`
    what all of them have to do together.
    """

    name: str
    start: float
    end: float
    attempt: int
    item: int | None = None
    total: int = 0

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read the stage from a step's event: its `progress` range and the state's context."""
        state, execution = event["context"]["State"], event["context"]["Execution"]
        return cls(
            name=state["Name"],
            start=event["progress"]["from"],
            end=event["progress"]["to"],
            # AWS counts retries from 0 again in a redriven execution; moto knows no redrive.
            attempt=state.get("RetryCount", 0) + 1 + execution.get("RedriveCount", 0),
            item=event["context"].get("Map", {}).get("Item", {}).get("Index"),
            total=int(event["progress"].get("total", 0)),
        )

    @property
    def key(self) -> str:
        """What tells this stage's data from that of the job's others."""
        return self.name if self.item is None else f"{self.name} {self.item}"

    @property
    def is_last(self) -> bool:
        """Whether the job is complete when this stage is."""
        return self.end == 100

    def percentage(self, fraction: float, floor: float) -> float:
        """Map the stage's own 0-1 to the job's percentage, never below `floor`."""
        fraction = min(max(fraction, 0.0), 1.0)
        value = round(self.start + fraction * (self.end - self.start), 2)
        return max(floor, min(value, HIGHEST_WHILE_RUNNING))
