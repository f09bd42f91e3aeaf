"""EventBridge's cron expressions: `cron(minutes hours day-of-month month day-of-week year)`.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product

from streamer.local.eventbridge.cron_fields import Takes, day_of_month, day_of_week, numbers

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_YEARS = 1970, 2199


@dataclass(frozen=True)
class Cron:
    """At these times of a day, in order, on the days of these years and months that `day` takes."""

    times: Sequence[time]
    months: frozenset[int]
    years: frozenset[int]
    day: Takes

    def after(self, moment: datetime) -> datetime | None:
        """Return the first moment that is later than this one, both without a zone; None: there is none."""
        day = moment.date()
        while day <= date(max(self.years), 12, 31):
            if day.year in self.years and day.month in self.months and self.day(day):
                for at in self.times:
                    if (found := datetime.combine(day, at)) > moment:
                        return found
            day += timedelta(days=1)
        return None


def read(text: str) -> Cron:
    """Return what six fields say. Raises ValueError for what EventBridge does not take."""
    fields = text.upper().split()
    if len(fields) != 6:
        raise ValueError(f"it has {len(fields)} fields, not 6")
    minutes, hours, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise ValueError("one of day-of-month and day-of-week must be ?, and the other must not")
    times = product(sorted(numbers(hours, 0, 23)), sorted(numbers(minutes, 0, 59)))
    return Cron(
        times=[time(hour, minute) for hour, minute in times],
        months=numbers(month, 1, 12, _MONTHS),
        years=numbers(year, *_YEARS),
        day=day_of_week(weekday) if day == "?" else day_of_month(day),
    )
