"""The rate limit, as arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.throttle import FRAMES_PER_SECOND, INTERVAL, Throttle


def test_the_newest_value_wins() -> None:
    throttle = Throttle[int]()
    for value in (1, 2, 3):
        throttle.offer(value)
    assert throttle.take(100.0) == 3
    assert throttle.take(100.0) is None


def test_the_next_value_waits_out_the_interval() -> None:
    throttle = Throttle[int]()
    assert throttle.wait(100.0) == 0
    throttle.offer(1)
    throttle.take(100.0)
    assert throttle.wait(100.0 + INTERVAL / 4) == pytest.approx(INTERVAL * 3 / 4)
    assert throttle.wait(100.0 + INTERVAL) == pytest.approx(0)


def test_a_clock_from_the_future_costs_one_interval_at_most() -> None:
    assert Throttle[int](last=5000.0).wait(100.0) == INTERVAL


@given(st.lists(st.floats(min_value=0, max_value=0.5), min_size=1, max_size=300))
def test_no_second_has_more_than_ten(gaps: list[float]) -> None:
    throttle, now, sent = Throttle[int](), 0.0, list[float]()
    for gap in gaps:
        now += gap
        throttle.offer(1)
        if throttle.wait(now) == 0 and throttle.take(now):
            sent.append(now)
    for start in sent:
        assert sum(start <= time < start + 1 - 1e-6 for time in sent) <= FRAMES_PER_SECOND
