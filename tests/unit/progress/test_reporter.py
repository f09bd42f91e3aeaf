"""What a step's reports become, without AWS."""

import pytest
from pydantic import BaseModel

from jobs.checkpoints import Checkpoint
from progress import OutOfTime
from progress.reporter import Progress, Update
from tests.support.clock import TurnedClock


class Sum(BaseModel):
    total: int = 0


def test_every_report_is_said(clock: TurnedClock) -> None:
    said: list[Update] = []
    progress = Progress(said.append, clock=clock)
    progress.report(0.1, "one")
    progress.report(0.2, "two", rows=7)
    assert said == [Update(0.1, "one"), Update(0.2, "two", {"rows": 7})]
    Progress(None).report(0.5, "into the void")


def test_track_reports_each_item_and_says_how_many(clock: TurnedClock) -> None:
    sent: list[Update] = []
    progress = Progress(sent.append, clock=clock)
    for _ in progress.track([1, 2, 3], "{done}/{total}"):
        clock.advance(1)
    assert [(update.fraction, update.message) for update in sent] == [
        (1 / 3, "1/3"),
        (2 / 3, "2/3"),
        (1, "3/3"),
    ]


def test_track_goes_on_at_the_checkpoint(clock: TurnedClock) -> None:
    state, seen = Sum(), []
    progress = Progress(lambda _: None, clock=clock, checkpoint=Checkpoint(2, 4, {"total": 3}))
    for item in progress.track([1, 2, 3, 4], state=state):
        seen.append(item)
        state.total += item
    assert seen == [3, 4]
    assert state.total == 10


def test_a_checkpoint_is_saved_at_most_once_a_second(clock: TurnedClock) -> None:
    saved: list[Checkpoint] = []
    progress, state = Progress(lambda _: None, clock=clock, save=saved.append), Sum()
    for item in progress.track(list(range(100)), state=state):
        state.total += item
        clock.advance(0.05)
    assert 3 <= len(saved) <= 5
    assert saved[-1].state["total"] == sum(range(saved[-1].done))


def test_track_saves_and_leaves_before_the_deadline(clock: TurnedClock) -> None:
    saved: list[Checkpoint] = []
    deadline = clock.now() + 10
    state = Sum()
    progress = Progress(
        lambda _: None, clock=clock, save=saved.append, seconds_left=lambda: deadline - clock.now()
    )
    with pytest.raises(OutOfTime):
        for item in progress.track(list(range(100)), state=state):
            state.total += item
            clock.advance(0.5)
    assert clock.now() < deadline
    assert saved[-1].done == 17  # 8.5 s: a fifth of the ten seconds is kept
    assert saved[-1].state["total"] == sum(range(17))


def test_a_step_waits_by_the_clock_and_may_name_its_items(clock: TurnedClock) -> None:
    sent: list[tuple[float, str]] = []
    began = clock.now()
    progress = Progress(lambda update: sent.append((clock.now() - began, update.message)), clock=clock)
    for _ in progress.track(["a", "b"], "{item}: {done} of {total}"):
        progress.pause(2)
    assert sent == [(2, "a: 1 of 2"), (4, "b: 2 of 2")]
