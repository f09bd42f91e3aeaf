"""When EventBridge's cron expressions fire: those of its pages, and what it refuses."""

from datetime import datetime
from itertools import islice
from typing import Any

import pytest

from streamer.local.eventbridge import cron

NOW = "2026-11-30 21:30"  # a Monday


def following(expression: str, start: str = NOW, most: int = 3) -> list[str]:
    def moments() -> Any:
        at: datetime | None = datetime.fromisoformat(start)
        schedule = cron.read(expression)
        while at and (at := schedule.after(at)):
            yield f"{at:%Y-%m-%d %H:%M}"

    return list(islice(moments(), most))


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ("0 10 * * ? *", "2026-12-01 10:00", "2026-12-02 10:00"),
        ("15 12 * * ? *", "2026-12-01 12:15", "2026-12-02 12:15"),
        ("0 18 ? * MON-FRI *", "2026-12-01 18:00", "2026-12-02 18:00"),
        ("0 8 1 * ? *", "2026-12-01 08:00", "2027-01-01 08:00"),
        ("0/15 * * * ? *", "2026-11-30 21:45", "2026-11-30 22:00"),
        ("0/10 * ? * MON-FRI *", "2026-11-30 21:40", "2026-11-30 21:50"),
        ("0/5 8-17 ? * MON-FRI *", "2026-12-01 08:00", "2026-12-01 08:05"),
        ("1/10 22 * * ? *", "2026-11-30 22:01", "2026-11-30 22:11"),
        ("0,30 0/6 * * ? *", "2026-12-01 00:00", "2026-12-01 00:30"),
        ("0 0 29 2 ? *", "2028-02-29 00:00", "2032-02-29 00:00"),
        ("0 0 1 jan,Jul ? 2026-2027", "2027-01-01 00:00", "2027-07-01 00:00"),
        ("0 0 L * ? *", "2026-12-31 00:00", "2027-01-31 00:00"),
        ("0 0 L 2 ? *", "2027-02-28 00:00", "2028-02-29 00:00"),
        ("0 0 1W * ? *", "2026-12-01 00:00", "2027-01-01 00:00"),
        ("0 0 1W 5 ? *", "2027-05-03 00:00", "2028-05-01 00:00"),  # the 1st of May 2027 is a Saturday
        ("0 0 31W * ? *", "2026-12-31 00:00", "2027-01-29 00:00"),  # the 31st of January 2027 is a Sunday
        ("0 0 13W * ? 2027", "2027-01-13 00:00", "2027-02-12 00:00"),
        ("0 0 ? * 6L *", "2026-12-25 00:00", "2027-01-29 00:00"),
        ("0 0 ? * L *", "2026-12-05 00:00", "2026-12-12 00:00"),
        ("0 0 ? * 3#2 *", "2026-12-08 00:00", "2027-01-12 00:00"),
        ("0 0 ? * TUE#5 *", "2026-12-29 00:00", "2027-03-30 00:00"),
        ("0 0 ? * SUN,7 *", "2026-12-05 00:00", "2026-12-06 00:00"),
    ],
)
def test_next_two(expression: str, first: str, second: str) -> None:
    assert following(expression)[:2] == [first, second]


def test_the_moment_itself_is_over() -> None:
    assert following("30 21 30 11 ? *", NOW, 1) == ["2027-11-30 21:30"]
    assert following("30 21 30 11 ? *", "2026-11-30 21:29:59.999999", 1) == ["2026-11-30 21:30"]


@pytest.mark.parametrize("expression", ["0 0 1 1 ? 2026", "0 0 30 2 ? *", "0 0 31 * ? 2026-2026/2"])
def test_what_never_comes_again_ends(expression: str) -> None:
    assert following(expression, "2026-12-31 00:00") == []


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("* * * * *", "5 fields, not 6"),
        ("0 10 * * * *", "one of day-of-month and day-of-week"),
        ("0 10 ? * ? *", "one of day-of-month and day-of-week"),
        ("60 * * * ? *", "60 is not one of 0 to 59"),
        ("* 24 * * ? *", "24 is not one of 0 to 23"),
        ("0 0 0 * ? *", "0 is not one of 1 to 31"),
        ("0 0 1 13 ? *", "13 is not one of 1 to 12"),
        ("0 0 ? * 8 *", "8 is not one of 1 to 7"),
        ("0 0 ? * FUNDAY *", "FUNDAY is not one"),
        ("0 0 ? * 3#6 *", "6 is not one of 1 to 5"),
        ("0 0 ? * 3#1,6#3 *", "more than its #"),
        ("0 0 1 * ? 1969", "1969 is not one of 1970 to 2199"),
        ("0 0 1 * ? 2200", "2200 is not one of 1970 to 2199"),
        ("0/0 * * * ? *", "0/0 is empty"),
        ("30-10 * * * ? *", "30-10 is empty"),
        ("? * 1 * ? *", "is not understood"),
        ("5-L * 1 * ? *", "L is not one of"),
        ("0 0 L-3 * ? *", "L is not one of"),
        ("0 0 ? * W *", "W is not one of"),
        ("0 0 15W-20 * ? *", "15W is not one of"),
        (", * 1 * ? *", "is not understood"),
    ],
)
def test_what_eventbridge_refuses(expression: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        cron.read(expression)
