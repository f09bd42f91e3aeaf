"""A job whose start failed, and which the sweep closed, begins when its request is repeated: once."""

from collections.abc import Callable

import pytest

from progress import sweeping
from tests.faults.devices import Device
from tests.faults.invariants import check, log_of
from tests.faults.schedules import Single
from tests.faults.story import Plan, Story
from tests.faults.world import OVERTAKEN, WAYS
from tests.support.steps import LambdaContext

PLAN = Plan(items=(2, 3), small=True)
Rival = Callable[[Story], None]


def repeat(story: Story) -> None:
    """Another device of the user repeats the request too."""
    story.devices[1].repeat()


def sweep(story: Story) -> None:
    """The next sweep comes."""
    story.world.run(lambda: sweeping.handler({}, LambdaContext()))


def sweep_and_repeat(story: Story) -> None:
    """Another sweep closes the job, and another device begins it again."""
    sweep(story)
    story.devices[1].repeat()


def never_begun(story: Story) -> None:
    """Send the request, of which nothing begins; an hour passes."""
    story.states.refuses = True
    for device in story.devices:
        device.turn()
        device.turn()
    assert not story.states.executions
    story.states.refuses = False
    story.world.clock.time += 3600


def play(rival: Rival | None = None, nth: int = -1, way: str = "") -> list[str]:
    """Begin such a job again, with one fault, or a rival who overtakes one call; return the calls."""
    decisions = Single()
    story = Story(decisions, PLAN)
    story.devices.append(Device(story.world, story.network))

    def begin() -> None:
        decisions.calls.clear()
        decisions.nth, decisions.way = nth, way

    def scene() -> None:
        never_begun(story)
        if rival is sweep_and_repeat:
            begin()
        sweep(story)
        if rival is not sweep_and_repeat:
            begin()
        elif story.states.executions:
            _check_runs(story)
        for _ in range(4):
            story.devices[0].repeat()
            if rival:
                _check_runs(story)
            story.network.monotonic += 30
            story.devices[0].turn()
        for _ in range(6):
            if story.execution:
                story.execution.advance()

    if rival:
        story.world.meanwhile = lambda: rival(story)
    story.run(scene)
    check(story)
    assert len(story.states.executions) == 1
    assert story.row
    assert story.row["status"] == "COMPLETED"
    log = log_of(story)
    assert [frame["type"] for frame in log].count("error") == 0
    assert [frame.get("message") for frame in log].count("Accepted again") >= 1
    assert story.devices[0].shown[1:] == log
    return decisions.calls


def _check_runs(story: Story) -> None:
    assert story.row
    assert story.row["status"] == "RUNNING", "a job that had begun again was closed"


@pytest.mark.parametrize("way", WAYS)
def test_a43_every_call_of_a_second_beginning_fails(way: str) -> None:
    calls = play()
    assert {"dynamodb:transact_write_items", "stepfunctions:start_execution"} <= set(calls)
    for nth, call in enumerate(calls):
        try:
            play(None, nth, way)
        except AssertionError as error:
            raise AssertionError(f"call {nth}, {call}, {way}: {error}") from error


@pytest.mark.parametrize("rival", [repeat, sweep, sweep_and_repeat])
@pytest.mark.parametrize("way", OVERTAKEN)
def test_a43_somebody_overtakes_a_second_beginning(rival: Rival, way: str) -> None:
    for nth, call in enumerate(play(rival)):
        try:
            play(rival, nth, way)
        except AssertionError as error:
            raise AssertionError(f"call {nth}, {call}, {way} by {rival.__name__}: {error}") from error
