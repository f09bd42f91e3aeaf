"""The fields of a cron expression: lists of numbers, and what takes a day by its number or its weekday.

All raise ValueError for what EventBridge does not take.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date

Takes = Callable[[date], bool]
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")  # from 1 on
_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")


def numbers(field: str, least: int, most: int, names: Sequence[str] = ()) -> frozenset[int]:
    """Return what a field lists: `*`, numbers or names, ranges, and steps within either."""
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if not match:
            raise ValueError(f"{part} is not understood")
        first, last, step = match.groups()
        begin = _number(first, least, most, names) if first else least
        end = _number(last, least, most, names) if last else begin if first and not step else most
        if begin > end or step == "0":
            raise ValueError(f"{part} is empty")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def day_of_month(field: str) -> Takes:
    """Return what takes the days of a month: of `L` the last one, of `15W` the weekday next to the 15th."""
    return _any([_day_of_month(part) for part in field.split(",")])


def day_of_week(field: str) -> Takes:
    """Return what takes days by their weekday: of `6L` the month's last Friday, of `6#2` its second."""
    if "#" in field and "," in field:
        raise ValueError(f"{field} has more than its #")
    return _any([_day_of_week(part) for part in field.split(",")])


def _day_of_month(part: str) -> Takes:
    if part == "L":
        return lambda day: day.day == _length(day)
    if part.endswith("W"):
        near = _number(part[:-1], 1, 31)
        return lambda day: near <= _length(day) and day == _working_day(day.replace(day=near))
    listed = numbers(part, 1, 31)
    return lambda day: day.day in listed


def _day_of_week(part: str) -> Takes:
    if part == "L":
        return lambda day: _weekday(day) == len(WEEKDAYS)
    if part.endswith("L"):
        last = _number(part[:-1], 1, 7, WEEKDAYS)
        return lambda day: _weekday(day) == last and day.day + 7 > _length(day)
    if "#" in part:
        named, _, nth = part.partition("#")
        wanted = _number(named, 1, 7, WEEKDAYS), _number(nth, 1, 5)
        return lambda day: (_weekday(day), (day.day + 6) // 7) == wanted
    listed = numbers(part, 1, 7, WEEKDAYS)
    return lambda day: _weekday(day) in listed


def _number(text: str, least: int, most: int, names: Sequence[str] = ()) -> int:
    number = names.index(text) + 1 if text in names else int(text) if text.isdecimal() else -1
    if not least <= number <= most:
        raise ValueError(f"{text} is not one of {least} to {most}")
    return number


def _any(takes: Sequence[Takes]) -> Takes:
    return lambda day: any(each(day) for each in takes)


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _working_day(day: date) -> date:
    """Return the day, or the one from Monday to Friday that is next to it in its month."""
    if WEEKDAYS[_weekday(day) - 1] == "SAT":
        return day.replace(day=day.day - 1 if day.day > 1 else 3)
    if WEEKDAYS[_weekday(day) - 1] == "SUN":
        return day.replace(day=day.day + 1 if day.day < _length(day) else day.day - 2)
    return day
