"""Integers that would change on a job's way are refused at the door."""

from typing import Any

import pytest

from router.exactness import check_exact
from router.requests import Rejected


@pytest.mark.parametrize("payload", [2**53, [-(2**53), True, 1e300, "9" * 100, None], {"a": {"b": [0.1]}}])
def test_what_floats_can_say_passes(payload: Any) -> None:
    check_exact("r", payload=payload, metadata={})


def test_every_other_integer_is_told_with_its_path() -> None:
    with pytest.raises(Rejected) as raised:
        check_exact("r", payload={"a": [0, {"b": 2**53 + 1}]}, metadata={"n": -(2**60)})
    assert [fault["path"] for fault in raised.value.details] == ["$.payload.a[1].b", "$.metadata.n"]
    assert "2^53" in raised.value.details[0]["message"]


def test_not_more_faults_are_told_than_a_message_holds() -> None:
    with pytest.raises(Rejected) as raised:
        check_exact("r", payload=[2**60] * 10_000, metadata={})
    assert len(raised.value.details) == 50
