"""Rows 23, 24, 27, 43, 47, 48: at every AWS call of a job's life, somebody else is faster."""

import json
from collections.abc import Callable

import pytest

from jobs.claims import check_out
from progress import ended
from tests.faults.devices import REQUEST_ID, Device
from tests.faults.invariants import check, log_of
from tests.faults.schedules import Single
from tests.faults.story import Plan, Story
from tests.faults.world import OVERTAKEN
from tests.support.router import REPORT, send

Rival = Callable[[Story], None]
PLAN = Plan(items=(3, 4, 2), small=True)


def join(story: Story) -> None:
    """Another device asks for the whole job, page by page, and for nothing after that."""
    device = story.devices[1]
    while story.network.monotonic >= device.inbox.deadline:
        device.ask()


def repeat(story: Story) -> None:
    """The same request arrives again, from another device."""
    story.devices[1].repeat()


def contradict(story: Story) -> None:
    """Another request comes with the same id."""
    other = {**REPORT, "format": "csv"}
    answer = story.world.run(lambda: send("generate_report", other, request_id=REQUEST_ID)).value
    assert answer["error"]["code"] == "CONFLICT"


def cancel(story: Story) -> None:
    """The owner cancels."""
    story.devices[1].cancel()


def time_out(story: Story) -> None:
    """The execution times out, and EventBridge tells of it twice."""
    assert story.execution
    story.execution.end("TIMED_OUT")
    for change in story.execution.changes * 2:
        story.world.run(lambda: ended.on_status_change(change, None))  # noqa: B023 - it runs at once


def retry(story: Story) -> None:
    """Step Functions gives the attempt up and goes on to the end; the attempt does not know it."""
    assert story.execution
    if story.execution.attempting:
        story.execution.fail("Lambda.Unknown", "{}")
    carry_out(story)


def redeliver(story: Story) -> None:
    """The first stage's event is delivered once more."""
    assert story.execution
    if story.execution.given:
        story.execution.again(0)


def carry_out(story: Story) -> None:
    """Run the execution to its end."""
    assert story.execution
    for _ in range(2 * len(PLAN.items)):
        story.execution.advance()


def play(rival: Rival, work: dict[str, str], nth: int = -1, way: str = "") -> Single:
    """Let a job run, overtaken at one call; nobody asks for anything afterwards."""
    decisions = Single(work=dict(work))
    story = Story(decisions, PLAN)
    story.devices.append(Device(story.world, story.network, joins=True))

    def scene() -> None:
        first, second = story.devices
        first.turn()
        first.turn()
        second.turn()
        decisions.calls.clear()
        decisions.nth, decisions.way = nth, way
        carry_out(story)
        assert story.execution
        claim = json.loads(story.execution.text)["payload"]
        story.world.quiet = True
        assert story.world.run(lambda: check_out("work/", claim)).value["format"] == REPORT["format"]
        # Whoever meets a transaction waits for its end, which here, in one thread, would be for ever.
        if rival is join and nth >= 0 and way != "overtaken within":
            assert second.shown[1:] == log_of(story), "replay and live do not meet"

    story.world.meanwhile = lambda: rival(story)
    story.run(scene)
    check(story)
    return decisions


@pytest.mark.parametrize("rival", [join, repeat, contradict, cancel, time_out, retry, redeliver])
@pytest.mark.parametrize("work", [{}, {"work:1/2": "permanent"}], ids=["completes", "fails"])
@pytest.mark.parametrize("way", OVERTAKEN)
def test_a47_whoever_overtakes_a_call(rival: Rival, work: dict[str, str], way: str) -> None:
    calls = play(rival, work).calls
    assert len(calls) > 25
    for nth, call in enumerate(calls):
        try:
            play(rival, work, nth, way)
        except AssertionError as error:
            raise AssertionError(f"call {nth}, {call}, {way} by {rival.__name__}: {error}") from error
