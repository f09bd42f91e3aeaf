"""When schedules fire."""

import pytest

from streamer.local.errors import LocalError
from streamer.local.eventbridge.schedule import next_firing, period_of


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(12 hours)", 43200),
        ("rate(2 days)", 172800),
        ("cron(0 3 * * ? *)", None),
        ("at(2030-01-01T00:00:00)", None),
    ],
)
def test_period(expression: str, seconds: float | None) -> None:
    assert period_of(expression, "Rule") == seconds


@pytest.mark.parametrize(
    "expression", ["rate(0 minutes)", "rate(5 seconds)", "rate 5 minutes", "5 minutes", ""]
)
def test_a_faulty_expression_is_refused_by_name(expression: str) -> None:
    with pytest.raises(LocalError, match=r"^MyRule: "):
        period_of(expression, "MyRule")


@pytest.mark.parametrize(
    ("last", "elapsed", "number"),
    [
        (0, 0, 1),
        (0, 59.9, 1),
        (1, 60.0, 2),
        (1, 59.999, 2),  # woken a moment too early: not the same one again
        (1, 119, 2),
        (1, 630, 11),  # slept through nine
    ],
)
def test_next_firing(last: int, elapsed: float, number: int) -> None:
    assert next_firing(last, elapsed, 60) == number
