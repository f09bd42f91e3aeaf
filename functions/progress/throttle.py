"""How often a job may speak: at most ten frames a second, the newest value winning."""

from dataclasses import dataclass
from typing import Generic, TypeVar

FRAMES_PER_SECOND = 10
INTERVAL = 1 / FRAMES_PER_SECOND

T = TypeVar("T")


@dataclass
class Throttle(Generic[T]):
    """Spaces values `INTERVAL` apart. Holds at most one: a newer value replaces the one that waits.

    `last` is when the job spoke last, in seconds since the epoch.
    """

    last: float = 0.0
    pending: T | None = None

    def offer(self, value: T) -> None:
        """Make `value` the next to be sent."""
        self.pending = value

    def wait(self, now: float) -> float:
        """Return the seconds until the next value may be sent: 0 where it may be sent now.

        A `last` in the future (another machine's clock) never costs more than one interval.
        """
        return min(max(self.last + INTERVAL - now, 0.0), INTERVAL)

    def take(self, now: float) -> T | None:
        """Return the waiting value, which is then sent at `now`, or None where there is none."""
        value, self.pending = self.pending, None
        if value is not None:
            self.last = now
        return value
