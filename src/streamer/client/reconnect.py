"""How long to wait before connecting again. No I/O, no clock."""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Reconnect:
    """Exponential backoff with full jitter, in seconds.

    Before each attempt the client waits for a random part of a span, which doubles from `first` up to
    `most`, and begins anew after a connection that was open for `stable` seconds. Without a word from the
    server for `give_up` seconds it gives up.
    """

    first: float = 1.0
    most: float = 30.0
    stable: float = 10.0
    give_up: float = 15 * 60.0


class Backoff:
    """The waits of one outage after another."""

    def __init__(self, reconnect: Reconnect) -> None:
        self._reconnect = reconnect
        self._span = reconnect.first
        self._end: float | None = None

    def begin(self, now: float) -> None:
        """Note an outage, unless there is one."""
        if self._end is None:
            self._end = now + self._reconnect.give_up

    def over(self, age: float) -> None:
        """Note that the outage is over; the connection that speaks has the age of `age` seconds."""
        self._end = None
        if age >= self._reconnect.stable:
            self._span = self._reconnect.first

    @property
    def outage(self) -> bool:
        """Whether there is one."""
        return self._end is not None

    def delay(self, now: float) -> float | None:
        """Return the seconds to wait before the next attempt; None when it is time to give up."""
        end = math.inf if self._end is None else self._end
        if now >= end:
            return None
        delay = random.uniform(0, self._span)  # noqa: S311 - spreads clients, hides nothing
        self._span = min(2 * self._span, self._reconnect.most)
        return min(delay, end - now)
