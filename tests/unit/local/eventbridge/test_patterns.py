"""Event patterns against events."""

from typing import Any

import pytest

from streamer.local.errors import LocalError
from streamer.local.eventbridge.patterns import check, matches

EVENT = {
    "source": "aws.states",
    "detail": {
        "status": "FAILED",
        "error": None,
        "count": 1,
        "tags": ["a", "b"],
        "on": True,
        "items": [{"n": 1}, {"n": 2}],
    },
}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.states"]},
        {"source": ["other", "aws.states"], "detail": {"status": ["FAILED", "ABORTED"]}},
        {"detail": {"error": [None]}},
        {"detail": {"count": [1]}},
        {"detail": {"on": [True]}},
        {"detail": {"tags": ["b"]}},
        {"detail": {"items": {"n": [2]}}},
        {"source": [{"prefix": "aws."}]},
        {"source": [{"suffix": "states"}]},
        {"source": ["other", {"prefix": "aws"}]},
        {"detail": {"status": [{"anything-but": "SUCCEEDED"}]}},
        {"detail": {"status": [{"anything-but": ["SUCCEEDED", "RUNNING"]}]}},
        {"detail": {"status": [{"anything-but": {"prefix": "SUCC"}}]}},
        {"detail": {"status": [{"exists": True}], "absent": [{"exists": False}]}},
        {"absent": {"deeper": [{"exists": False}]}},
        {"detail": {"items": [{"exists": False}]}},
    ],
)
def test_matches(pattern: dict[str, Any]) -> None:
    check(pattern, "Rule")
    assert matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws"]},
        {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}},
        {"detail": {"count": ["1"]}},
        {"detail": {"count": [True]}},
        {"detail": {"on": [1]}},
        {"detail": {"tags": ["c"]}},
        {"detail": {"status": {"deeper": ["FAILED"]}}},
        {"source": [{"prefix": "states"}]},
        {"detail": {"count": [{"prefix": "1"}]}},
        {"detail": {"status": [{"anything-but": ["FAILED"]}]}},
        {"detail": {"status": [{"anything-but": {"prefix": "FA"}}]}},
        {"detail": {"absent": [{"anything-but": "x"}]}},
        {"detail": {"absent": [None]}},
        {"detail": {"status": [{"exists": False}]}},
        {"detail": [{"exists": True}]},
    ],
)
def test_does_not_match(pattern: dict[str, Any]) -> None:
    check(pattern, "Rule")
    assert not matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        [],
        {"source": []},
        {"source": "aws.states"},
        {"source": [["nested"]]},
        {"source": [{}]},
        {"detail": {"count": [{"numeric": [">", 0]}]}},
        {"source": [{"prefix": {"equals-ignore-case": "AWS"}}]},
        {"source": [{"prefix": "a", "suffix": "b"}]},
        {"source": [{"anything-but": []}]},
        {"source": [{"anything-but": {"numeric": [1]}}]},
        {"detail": {"x": [{"exists": "true"}]}},
        {"$or": [{"source": ["a"]}]},
    ],
)
def test_what_is_not_known_is_refused_by_name(pattern: Any) -> None:
    with pytest.raises(LocalError, match=r"^MyRule: "):
        check(pattern, "MyRule")
