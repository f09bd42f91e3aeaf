"""What a status event carries, and what it leaves out."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from streamer.local.engine.status_events import status_event

BEGIN = datetime(2026, 1, 2, 3, 4, 5, 678900, UTC)


def detail(given: Any, output: Any, status: str) -> Any:
    execution = SimpleNamespace(
        exec_arn="arn:e",
        name="e",
        state_machine=SimpleNamespace(arn="arn:m"),
        start_date=BEGIN,
        stop_date=None,
        input_data=given,
        output=output,
        error=None,
        cause=None,
    )
    return status_event(execution, status)["detail"]


def test_a_running_execution_has_no_end() -> None:
    told = detail({"a": "é"}, None, "RUNNING")
    assert (told["startDate"], told["stopDate"]) == (1767323045678, None)
    assert (told["input"], told["output"], told["outputDetails"]) == ('{"a":"\\u00e9"}', None, None)


@pytest.mark.parametrize(
    ("given", "output", "input_is_there", "output_is_there"),
    [
        ("x", "y", True, True),
        ("x" * 200_000, "y" * 200_000, False, True),
        ("x", "y" * 260_000, False, False),
        ("x" * 260_000, "y", False, True),
    ],
)
def test_what_is_too_large_is_left_out(
    given: str, output: str, input_is_there: bool, output_is_there: bool
) -> None:
    told = detail(given, output, "SUCCEEDED")
    assert told["inputDetails"] == {"included": input_is_there}
    assert told["outputDetails"] == {"included": output_is_there}
    assert (told["input"] is not None, told["output"] is not None) == (input_is_there, output_is_there)
