"""How long an outage's waits are."""

import statistics

from streamer.client.reconnect import Backoff, Reconnect


def waits(reconnect: Reconnect, count: int) -> list[float]:
    backoff = Backoff(reconnect)
    backoff.begin(now=0)
    return [delay for _ in range(count) if (delay := backoff.delay(now=0)) is not None]


def test_waits_are_random_parts_of_spans_that_double_from_one_to_thirty_seconds() -> None:
    outages = [waits(Reconnect(), 8) for _ in range(500)]
    for number, span in enumerate([1, 2, 4, 8, 16, 30, 30, 30]):
        drawn = [outage[number] for outage in outages]
        assert 0 <= min(drawn) < 0.1 * span
        assert 0.9 * span < max(drawn) <= span
        assert 0.4 * span < statistics.mean(drawn) < 0.6 * span


def test_the_last_attempt_is_when_the_time_is_up() -> None:
    backoff = Backoff(Reconnect(first=30, give_up=10))
    backoff.begin(now=100)
    assert all((backoff.delay(now=109) or 0) <= 1 for _ in range(50))
    assert backoff.delay(now=110) is None


def test_the_spans_begin_anew_only_after_a_connection_that_was_stable() -> None:
    def longest(age: float) -> float:
        drawn = []
        for _ in range(200):
            backoff = Backoff(Reconnect())
            for _ in range(4):
                backoff.begin(now=0)
                backoff.delay(now=0)
                backoff.over(age=1)
            backoff.over(age)
            drawn.append(backoff.delay(now=0) or 0)
        return max(drawn)

    assert 8 < longest(age=9.9) <= 16
    assert longest(age=10) <= 1
