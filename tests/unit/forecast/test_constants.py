"""Numbers out of the template's parameters."""

from typing import Any

import pytest

from streamer.forecast.constants import filled_in


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("{% ${Seconds} %}", 60),
        ("{% $number('${Seconds}') %}", 60),
        ("{% 5 %}", 5),
        ("{% ${Seconds} + 1 %}", "{% 60 + 1 %}"),
        ("${Seconds}", "60"),
        ("${WorkFunction}", "${WorkFunction}"),
        ("{% $number('${WorkFunction}') %}", "{% $number('${WorkFunction}') %}"),
        ({"a": ["{% ${Seconds} %}"], "b": True, "c": None}, {"a": [60], "b": True, "c": None}),
    ],
)
def test_filled_in(value: Any, filled: Any) -> None:
    assert filled_in(value, {"Seconds": 60}.get) == filled
