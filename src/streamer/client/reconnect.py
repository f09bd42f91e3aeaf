"""How long to wait before connecting again. No I/O, no clock."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Reconnect:
    """Exponential backoff with full jitter, in seconds.

    Before each attempt the client waits for a random part of a span, which doubles from `first` up to
    `most`; without a word from the server for `give_up` seconds it gives up.
    """

    first: float = 1.0
    most: float = 30.0
    give_up: float = 15 * 60.0


class Backoff:
    """The waits of one outage, which began at `now`."""

    def __init__(self, reconnect: Reconnect, now: float) -> None:
        self._span = reconnect.first
        self._most = reconnect.most
        self._end = now + reconnect.give_up

    def delay(self, now: float) -> float | None:
        """Return the seconds to wait before the next attempt; None when it is time to give up."""
        if now >= self._end:
            return None
        delay = random.uniform(0, self._span)  # noqa: S311 - spreads clients, hides nothing
        self._span = min(2 * self._span, self._most)
        return min(delay, self._end - now)
