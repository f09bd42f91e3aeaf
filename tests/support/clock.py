"""A clock that stands until it is turned."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class TurnedAlarm:
    """A call that is still to come."""

    function: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class TurnedClock:
    """`advance()` and `sleep()` are the only ways in which time passes; alarms ring on the way."""

    time: float = 1_700_000_000.0
    slept: float = 0.0
    _alarms: list[tuple[float, int, TurnedAlarm]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.advance(seconds)

    def worker(self, work: Callable[[], float | None]) -> "TurnedWorker":
        return TurnedWorker(self, work)

    def call_later(self, seconds: float, function: Callable[[], None]) -> TurnedAlarm:
        alarm = TurnedAlarm(function)
        heapq.heappush(self._alarms, (self.time + seconds, next(self._order), alarm))
        return alarm

    def advance(self, seconds: float) -> None:
        end = self.time + seconds
        while self._alarms and self._alarms[0][0] <= end:
            self.time, _, alarm = heapq.heappop(self._alarms)
            if not alarm.cancelled:
                alarm.function()
        self.time = end


class TurnedWorker:
    """Works at once where it is woken, and again when the clock says so."""

    def __init__(self, clock: "TurnedClock", work: Callable[[], float | None]) -> None:
        self._clock, self._work = clock, work
        self._alarm: TurnedAlarm | None = None

    def wake(self) -> None:
        self.close()
        seconds = self._work()
        if seconds is not None:
            self._alarm = self._clock.call_later(seconds, self.wake)

    def close(self) -> None:
        if self._alarm:
            self._alarm.cancel()
