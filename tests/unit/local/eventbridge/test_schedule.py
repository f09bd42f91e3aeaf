"""When schedules fire, on a clock that the test turns."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from streamer.local.errors import LocalError
from streamer.local.eventbridge.schedule import Clock, read

BEGAN = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)


def after(expression: str, seconds: float, last: float = 0, zone: str = "UTC") -> str | None:
    """Return the firing after the one at `last`, at a time, both in seconds from the start."""
    found = read(expression, zone, "Rule")(
        BEGAN + timedelta(seconds=last), BEGAN + timedelta(seconds=seconds)
    )
    return f"{found.astimezone(UTC):%m-%d %H:%M:%S}" if found else None


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("rate(1 minute)", "11-30 21:31:00"),
        ("rate(5 minutes)", "11-30 21:35:00"),
        ("rate(12 hours)", "12-01 09:30:00"),
        ("rate(2 days)", "12-02 21:30:00"),
        ("cron(0 3 * * ? *)", "12-01 03:00:00"),
        ("at(2026-12-24T18:00:00)", "12-24 18:00:00"),
        ("at(2026-11-30T21:30:00)", None),
        ("at(2026-11-29T00:00:00)", None),
    ],
)
def test_first_firing(expression: str, first: str | None) -> None:
    assert after(expression, 0) == first


@pytest.mark.parametrize(
    ("last", "elapsed", "following"),
    [
        (0, 0, "21:31:00"),
        (0, 59.9, "21:31:00"),
        (60, 60.0, "21:32:00"),
        (60, 59.999, "21:32:00"),  # woken a moment too early: not the same one again
        (60, 119, "21:32:00"),
        (60, 630, "21:41:00"),  # slept through nine
    ],
)
@pytest.mark.parametrize("expression", ["rate(1 minute)", "cron(* * * * ? *)"])
def test_next_firing(expression: str, last: float, elapsed: float, following: str) -> None:
    assert after(expression, elapsed, last) == f"11-30 {following}"


def test_a_schedule_of_the_scheduler_has_a_zone() -> None:
    assert after("cron(0 3 * * ? *)", 0, zone="Asia/Tokyo") == "12-01 18:00:00"
    assert after("at(2026-12-24T18:00:00)", 0, zone="Asia/Tokyo") == "12-24 09:00:00"
    summer = 240 * 86400
    assert after("cron(0 3 * * ? *)", summer, zone="Europe/Berlin") == "07-29 01:00:00"


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(5 seconds)",
        "rate 5 minutes",
        "5 minutes",
        "",
        "cron(* * * * *)",
        "at(tomorrow)",
    ],
)
def test_a_faulty_expression_is_refused_by_name(expression: str) -> None:
    with pytest.raises(LocalError, match=r"^MyRule: .*is no schedule"):
        read(expression, "UTC", "MyRule")
    with pytest.raises(LocalError, match=r"^MyRule: .*is no schedule"):
        read("cron(0 3 * * ? *)", "Mars/Olympus", "MyRule")


async def test_a_clock_fires_when_it_is_time_and_follows_what_the_time_does() -> None:
    """Sleeping turns the clock; once the machine is away for an hour, and once its clock is put back."""
    now, fired, slept = BEGAN, list[str](), list[float]()
    jumps = {2: timedelta(hours=1), 4: -timedelta(minutes=2)}

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += timedelta(seconds=seconds) + jumps.get(len(slept), timedelta())
        slept.append(seconds)
        await asyncio.sleep(0)

    def fire() -> None:
        fired.append(f"{clock.now():%H:%M:%S}")
        if len(fired) == 5:
            clock.close()

    clock = Clock(2, lambda: now, sleep)
    never = clock.follow(read("at(2026-11-01T00:00:00)", "UTC", "Rule"), fire)
    await never
    with pytest.raises(asyncio.CancelledError):
        await clock.follow(read("cron(0/2 * * * ? *)", "UTC", "Rule"), fire)
    assert fired == ["21:32:00", "21:34:00", "23:36:00", "23:38:00", "23:40:00"]
    assert slept == [60.0] * 8  # the last of them is not slept to its end
