"""Schedules: `rate(…)`, `cron(…)` and `at(…)` expressions, and the tasks that fire them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from streamer.local.errors import LocalError
from streamer.local.eventbridge import cron

_RATE = re.compile(r"rate\(\s*([1-9]\d*)\s+(minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\((.*)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MOST_SECONDS = 60.0  # the machine may sleep meanwhile, or its clock be set

# Gives the firing after the last one, without those that were slept through until now; None: there is none.
Schedule = Callable[[datetime, datetime], datetime | None]


def read(expression: str, zone: str, where: str) -> Schedule:
    """Return when an expression fires, in the time of a zone. Raises LocalError that names `where`."""
    try:
        if match := _RATE.fullmatch(expression):
            return _Rate(timedelta(seconds=int(match[1]) * _SECONDS[match[2]]))
        if match := _CRON.fullmatch(expression):
            return _Cron(cron.read(match[1]), _zone(zone))
        if match := _AT.fullmatch(expression):
            return _At(datetime.fromisoformat(match[1]).replace(tzinfo=_zone(zone)))
    except (ValueError, LookupError) as error:
        raise LocalError(f"{where}: {expression} is no schedule: {error}.") from error
    raise LocalError(
        f"{where}: {expression} is no schedule; say rate(5 minutes), for example, or cron(0 3 * * ? *)."
    )


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


@dataclass(frozen=True)
class _Rate:
    period: timedelta

    def __call__(self, last: datetime, now: datetime) -> datetime:
        return last + (max(now - last, timedelta()) // self.period + 1) * self.period


@dataclass(frozen=True)
class _Cron:
    cron: cron.Cron
    zone: tzinfo

    def __call__(self, last: datetime, now: datetime) -> datetime | None:
        found = self.cron.after(max(last, now).astimezone(self.zone).replace(tzinfo=None))
        return found and found.replace(tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True)
class _At:
    moment: datetime

    def __call__(self, last: datetime, now: datetime) -> datetime | None:
        return self.moment if self.moment > max(last, now) else None


class Clock:
    """Calls back when schedules fire, until `close`; from now on its time runs `speed` times as fast."""

    def __init__(
        self,
        speed: float,
        true: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._speed, self._true, self._sleep = speed, true, sleep
        self._began = true()
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        """Return its time."""
        return self._began + (self._true() - self._began) * self._speed

    def follow(self, schedule: Schedule, fire: Callable[[], None]) -> asyncio.Task[None]:
        """Call `fire` on this event loop whenever the schedule says; return the task that does."""
        task = asyncio.create_task(self._follow(schedule, fire))
        self._tasks.add(task)
        return task

    def close(self) -> None:
        """Fire no more."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    async def _follow(self, schedule: Schedule, fire: Callable[[], None]) -> None:
        due: datetime | None = self.now()
        while due and (due := schedule(due, self.now())):
            while (left := (due - self.now()).total_seconds() / self._speed) > 0:
                await self._sleep(min(left, _MOST_SECONDS))
            fire()
