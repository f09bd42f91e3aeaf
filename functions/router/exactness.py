"""Integers that a job may not be given: a state machine's expressions compute with floats, and round them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from protocol import ErrorCode
from router.requests import LONGEST_PATH, MOST_FAULTS, Rejected

LARGEST = 2**53


def check_exact(request_id: str | None, **given: Any) -> None:
    """Pass what a state machine hands on unchanged.

    Raises:
        Rejected: VALIDATION_ERROR, with the JSON paths of what it would not.
    """
    message = "must be within 2^53, or a state machine would round it; send it as text"
    found = islice(_beyond(given, "$"), MOST_FAULTS)
    if faults := [{"path": path[:LONGEST_PATH], "message": message} for path in found]:
        raise Rejected(ErrorCode.VALIDATION_ERROR, "The request is not valid.", request_id, faults)


def _beyond(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _beyond(part, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _beyond(part, f"{path}[{index}]")
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield path
