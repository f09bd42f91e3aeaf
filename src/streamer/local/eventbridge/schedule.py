"""Schedules: `rate(…)` expressions, and the tasks that fire them."""

import asyncio
import re
from collections.abc import Callable

from streamer.local.errors import LocalError

_RATE = re.compile(r"rate\(\s*([1-9]\d*)\s+(minute|hour|day)s?\s*\)")
_OTHERS = re.compile(r"(cron|at)\(.*\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


def period_of(expression: str, where: str) -> float | None:
    """Return the seconds of a rate; None for cron and at. Raises LocalError for what is neither."""
    match = _RATE.fullmatch(expression)
    if match:
        return float(int(match[1]) * _SECONDS[match[2]])
    if _OTHERS.fullmatch(expression):
        return None
    raise LocalError(f"{where}: {expression} is no schedule; say rate(5 minutes), for example.")


def next_firing(last: int, elapsed: float, period: float) -> int:
    """Return the number of the firing to wait for: number n is due n periods after the start.

    Firings that were slept through, with the machine for example, are left out.
    """
    return max(last, int(elapsed // period)) + 1


class Clock:
    """Calls back at regular intervals, the first time one period after `every`, until `close`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def every(self, period: float, fire: Callable[[], None]) -> None:
        """Call `fire` on this event loop every `period` seconds."""
        self._tasks.add(asyncio.create_task(_repeat(period, fire)))

    def close(self) -> None:
        """Fire no more."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()


async def _repeat(period: float, fire: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    begin, number = loop.time(), 0
    while True:
        number = next_firing(number, loop.time() - begin, period)
        await asyncio.sleep(begin + number * period - loop.time())
        fire()
