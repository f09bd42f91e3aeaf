"""Every AWS call of a job's life fails in turn, in every way; the job ends as if it had not."""

from collections.abc import Callable

import pytest

from progress import ended, sweeping
from tests.faults.invariants import check, log_of
from tests.faults.schedules import Single
from tests.faults.story import Plan, Story
from tests.faults.world import STALE, WAYS
from tests.support.steps import LambdaContext

PLAN = Plan(items=(3, 3, 2), small=True)
STUMBLES = {"work:0/2": "transient"}
TRIES = 4


def accepted(story: Story) -> None:
    """Connect, and send the request until it is acknowledged."""
    for _ in range(TRIES):
        story.network.monotonic += 30
        story.devices[0].turn()


def carried_out(story: Story) -> None:
    """Run the job to its end; meanwhile the device moves to another connection."""
    accepted(story)
    assert story.execution
    story.execution.advance()
    story.devices[0].disconnect()
    for _ in range(TRIES):
        story.network.monotonic += 30
        story.devices[0].turn()
        story.execution.advance()
    for _ in range(2 * TRIES):
        story.execution.advance()


def cancelled(story: Story) -> None:
    """Cancel the job after its first stage, as often as it takes."""
    accepted(story)
    assert story.execution
    for _ in range(TRIES):
        if story.execution.at == 0:
            story.execution.advance()
    for _ in range(TRIES):
        story.devices[0].turn()
        if story.row and story.row["status"] == "RUNNING":
            story.devices[0].cancel()


def timed_out(story: Story) -> None:
    """Let the execution end where no Catch sees it; tell of it, as often as Lambda tries."""
    accepted(story)
    assert story.execution
    execution = story.execution
    execution.advance()
    execution.end("TIMED_OUT")
    for _ in range(2):
        story.world.run(lambda: ended.on_status_change(execution.changes[0], None))


def swept(story: Story) -> None:
    """Let the execution end, and nobody tell of it but the sweep."""
    accepted(story)
    assert story.execution
    story.execution.advance()
    story.execution.end("TIMED_OUT")
    story.world.clock.time += 3600
    for _ in range(2):
        story.world.run(lambda: sweeping.handler({}, LambdaContext()))


Scene = Callable[[Story], None]
SCENES: list[tuple[Scene, dict[str, str], str, int]] = [
    (carried_out, STUMBLES, "complete", 60),
    (carried_out, {"work:1/1": "permanent"}, "PROCESSING_FAILED", 40),
    (cancelled, {}, "CANCELLED", 25),
    (timed_out, {}, "TIMEOUT", 30),
    (swept, {}, "TIMEOUT", 40),
]
CALLS = {
    "dynamodb:delete_item",
    "dynamodb:get_item",
    "dynamodb:put_item",
    "dynamodb:query",
    "dynamodb:transact_write_items",
    "dynamodb:update_item",
    "s3:get_object",
    "s3:put_object",
    "stepfunctions:describe_execution",
    "stepfunctions:start_execution",
    "stepfunctions:stop_execution",
    "apigatewaymanagementapi:post_to_connection",
}


def play(scene: Scene, work: dict[str, str], nth: int = -1, way: str = "") -> tuple[Single, str]:
    """Play a scene with one fault; return what was decided and how the job ended."""
    decisions = Single(nth, way, dict(work))
    story = Story(decisions, PLAN)
    story.run(lambda: scene(story))
    check(story)
    last = log_of(story)[-1]
    return decisions, last["error"]["code"] if last["type"] == "error" else "complete"


@pytest.mark.parametrize(("scene", "work", "end", "floor"), SCENES)
@pytest.mark.parametrize("way", [*WAYS, STALE])
def test_a50_every_single_call_fails(
    scene: Scene, work: dict[str, str], end: str, floor: int, way: str
) -> None:
    calls = play(scene, work)[0].calls
    assert len(calls) >= floor
    for nth, call in enumerate(calls):
        try:
            assert play(scene, work, nth, way)[1] == end
        except AssertionError as error:
            raise AssertionError(f"call {nth}, {call}: {way}: {error}") from error


def test_a50_all_kinds_of_calls_are_among_them() -> None:
    assert {call for scene, work, _, _ in SCENES for call in play(scene, work)[0].calls} == CALLS
