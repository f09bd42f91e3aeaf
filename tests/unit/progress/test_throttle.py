"""The rate limit, as arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.throttle import CHANGES_PER_SECOND, FRAMES_PER_SECOND, INTERVAL, WINDOW, spacing, wait

NOW = 1_700_000_000.0


def test_what_the_second_has_left_is_used_at_once() -> None:
    recent = [NOW] * (CHANGES_PER_SECOND - 1)
    assert wait(recent, NOW, CHANGES_PER_SECOND) == 0
    assert wait([*recent, NOW], NOW, CHANGES_PER_SECOND) == pytest.approx(WINDOW)
    assert wait([*recent, NOW], NOW, frames=2) == 0
    assert wait([*recent, NOW, NOW], NOW, frames=2) == pytest.approx(WINDOW)


def test_a_frame_waits_until_the_tenth_before_it_is_a_second_old() -> None:
    recent = [NOW - 0.9 + 0.05 * number for number in range(10)]
    assert wait(recent, NOW) == pytest.approx(WINDOW - 0.9, abs=1e-3)
    assert wait(recent, NOW, frames=2) == pytest.approx(WINDOW - 0.85, abs=1e-3)


def test_plain_updates_are_spaced() -> None:
    assert spacing([], NOW) == 0
    assert spacing([NOW - INTERVAL / 4], NOW) == pytest.approx(INTERVAL * 3 / 4)
    assert spacing([NOW - INTERVAL], NOW) == pytest.approx(0)
    assert spacing([NOW - 0.5] * CHANGES_PER_SECOND, NOW) == pytest.approx(WINDOW - 0.5)


@pytest.mark.parametrize("ahead", [0.5, 2.0, 3600.0])
def test_a_clock_that_was_ahead_stops_nobody_for_long(ahead: float) -> None:
    assert wait([NOW + ahead] * 10, NOW) <= 2 * WINDOW
    assert spacing([NOW + ahead] * 10, NOW) <= 2 * WINDOW


@given(st.lists(st.tuples(st.floats(0, 0.5), st.sampled_from(["plain", "change"])), max_size=200))
def test_a70_no_second_has_more_than_ten_and_an_end_never_waits_long(events: list[tuple[float, str]]) -> None:
    now, sent = 0.0, list[float]()
    for gap, kind in events:
        now += gap
        recent = sent[-10:]
        pause = spacing(recent, now) if kind == "plain" else wait(recent, now, CHANGES_PER_SECOND)
        if kind == "change":
            now += pause
        if kind == "change" or pause == 0:
            sent.append(now)
    assert wait(sent[-10:], now, frames=2) == 0  # the end's two are kept for it
    sent += [now, now]
    for start in sent:
        assert sum(start <= time < start + 1 for time in sent) <= FRAMES_PER_SECOND
