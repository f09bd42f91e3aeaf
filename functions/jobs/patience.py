"""Trying again for a while: what many write at the same moment is busy, not broken."""

import random
from collections.abc import Iterator
from typing import Any

from jobs.clock import Clock
from jobs.counting import count
from jobs.errors import TransientError

SHORTEST, LONGEST = 0.01, 0.5  # seconds
MOST_TRIES = 25  # some 5 s
MOST_TRIES_OF_ENDS = 60  # some 14 s: the job's last word


def tries(clock: Clock, what: str, most: int = MOST_TRIES) -> Iterator[int]:
    """Yield the number of the try, from 0, with pauses in between that grow and vary.

    Raises:
        TransientError: all tries were in vain. State machines retry it, and so do clients.
    """
    longest = SHORTEST
    for number in range(most):
        yield number
        clock.sleep(random.uniform(0, longest))  # noqa: S311 - jitter
        longest = min(2 * longest, LONGEST)
    raise TransientError(f"{what}: busy in {most} tries")


def met(response: Any, action: str | None = None) -> None:
    """Count what a write met that is tried again: another's transaction or frame, by the error's response."""
    reasons = response.get("CancellationReasons") or [response["Error"]]
    conflict = any(reason["Code"].startswith("TransactionConflict") for reason in reasons)
    count("TransactionConflicts" if conflict else "RacesLost", action)
