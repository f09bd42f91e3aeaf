"""What a rule's target is called with."""

import json
from typing import Any

import pytest

from streamer.local.eventbridge.rules import Target


@pytest.mark.parametrize(
    ("target", "payload"),
    [
        (Target("f"), {"detail": {"a": [1]}, "detail-type": "t"}),
        (Target("f", path=["detail", "a"]), [1]),
        (Target("f", path=["detail-type"]), "t"),
        (Target("f", path=["detail", "b", "c"]), None),
        (Target("f", text='{"x": 1}'), {"x": 1}),
    ],
)
def test_payload(target: Target, payload: Any) -> None:
    assert json.loads(target.payload({"detail": {"a": [1]}, "detail-type": "t"})) == payload
