"""Row 45: a redriven job is not ended by what is still told of its failure before."""

from collections.abc import Callable

import pytest

from progress import ended, settle
from tests.faults.invariants import log_of
from tests.faults.schedules import Single
from tests.faults.story import Plan, Story
from tests.faults.world import OVERTAKEN
from tests.support.steps import in_flight

PLAN = Plan(items=(2, 3), small=True)
Rival = Callable[[Story], None]


def tell_late(story: Story) -> None:
    """EventBridge delivers the first failure's event once more."""
    assert story.execution
    change = story.execution.changes[0]
    story.world.run(lambda: ended.on_status_change(change, None))


def save_late(story: Story) -> None:
    """The first failure's "Save partial progress" is delivered once more."""
    assert story.execution
    event = story.execution.saved[0]
    story.world.run(lambda: settle.handler(event, None))


def redeliver(story: Story) -> None:
    """The stage that failed is delivered once more, as it was before the redrive."""
    assert story.execution
    story.execution.again(1)


def play(rival: Rival, nth: int = -1, way: str = "") -> list[str]:
    """Let a job fail, redrive it, and let a rival overtake one call; return the calls after the redrive."""
    decisions = Single(work={"work:1/1": "permanent"})
    story = Story(decisions, PLAN)

    def scene() -> None:
        story.devices[0].turn()
        story.devices[0].turn()
        assert story.execution
        for _ in range(3):
            story.execution.advance()
        assert story.execution.status == "FAILED"
        story.execution.redrive()
        decisions.calls.clear()
        decisions.nth, decisions.way = nth, way
        for _ in range(4):
            story.execution.advance()

    story.world.meanwhile = lambda: rival(story)
    story.run(scene)
    log, row = log_of(story), story.row
    assert [frame["seq"] for frame in log] == list(range(1, len(log) + 1))
    assert [frame["type"] for frame in log if frame["type"] != "progress"] == ["error", "complete"]
    assert log[-1]["result"] == {"done": ["0/0", "0/1", "1/0", "1/1", "1/2"]}
    assert row
    assert row["status"] == "COMPLETED"
    assert in_flight(story.tables["JobsTable"]) == 0
    return decisions.calls


@pytest.mark.parametrize("rival", [tell_late, save_late, redeliver])
@pytest.mark.parametrize("way", OVERTAKEN)
def test_a45_late_news_of_the_failure_before(rival: Rival, way: str) -> None:
    calls = play(rival)
    assert len(calls) > 10
    for nth, call in enumerate(calls):
        try:
            play(rival, nth, way)
        except AssertionError as error:
            raise AssertionError(f"call {nth}, {call}, {way} by {rival.__name__}: {error}") from error
