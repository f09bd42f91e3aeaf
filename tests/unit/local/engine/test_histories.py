"""GetExecutionHistory's pages, orders and data."""

from typing import Any

import pytest

from tests.unit.local.engine.conftest import run

FIRST, LAST = "ExecutionStarted", "ExecutionSucceeded"


@pytest.fixture
def execution(states: Any, machine: str) -> str:
    """One with 72 events, 2 for itself, 6 for its states, and 4 for each of 16 items."""
    return run(states, machine, "one", items=list(range(16)))


def pages(states: Any, execution: str, **asked: Any) -> list[list[dict[str, Any]]]:
    paginator = states.get_paginator("get_execution_history")
    return [page["events"] for page in paginator.paginate(executionArn=execution, **asked)]


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_have_each_event_once(newest_first: bool, states: Any, execution: str) -> None:
    found = pages(states, execution, reverseOrder=newest_first, maxResults=50)
    assert [len(page) for page in found] == [50, 22]
    ids = [event["id"] for page in found for event in page]
    assert ids == sorted(range(1, 73), reverse=newest_first)
    kinds = [event["type"] for page in found for event in page]
    assert (kinds[0], kinds[-1]) == ((LAST, FIRST) if newest_first else (FIRST, LAST))


def test_a_page_has_a_hundred_unless_asked_and_a_thousand_at_most(states: Any, machine: str) -> None:
    execution = run(states, machine, "long", items=list(range(300)))
    sizes = [len(page) for page in pages(states, execution)]
    assert sizes == [100] * 12 + [8]
    assert [len(page) for page in pages(states, execution, maxResults=1000)] == [1000, 208]


def test_without_data_no_input_and_no_output(states: Any, execution: str) -> None:
    for asked, has in (
        ({}, True),
        ({"includeExecutionData": True}, True),
        ({"includeExecutionData": False}, False),
    ):
        (events,) = pages(states, execution, **asked)
        assert ("input" in events[0]["executionStartedEventDetails"]) == has
        assert ("output" in events[-1]["executionSucceededEventDetails"]) == has
        named = [
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        ]
        assert named[0] == "Each"


def test_a_token_that_was_made_up(states: Any, execution: str) -> None:
    with pytest.raises(states.exceptions.InvalidToken):
        states.get_execution_history(executionArn=execution, nextToken="x")
