"""What a step's reports become, without AWS."""

import pytest
from pydantic import BaseModel

from jobs.checkpoints import Checkpoint
from progress import OutOfTime
from progress.reporter import Progress, Update
from tests.support.clock import TurnedClock


class Sum(BaseModel):
    total: int = 0


def test_a37_a_thousand_reports_are_ten_frames_a_second_and_the_newest_wins(clock: TurnedClock) -> None:
    sent: list[tuple[float, Update]] = []
    progress = Progress(lambda update: sent.append((clock.now(), update)), clock=clock)
    for number in range(1000):
        progress.report(number / 1000, str(number))
        clock.advance(0.002)
    progress.flush()
    assert len(sent) <= 2 * 10 + 1
    for start, _ in sent:
        assert sum(start <= time < start + 1 - 1e-6 for time, _ in sent) <= 10
    assert sent[-1][1].message == "999"


def test_a38_after_a_burst_and_silence_the_last_value_is_seen(clock: TurnedClock) -> None:
    sent: list[Update] = []
    progress = Progress(sent.append, clock=clock)
    for percent in (10, 20, 30):
        progress.report(percent / 100, f"{percent}")
    assert [update.message for update in sent] == ["10"]
    clock.advance(0.1)
    assert [update.message for update in sent] == ["10", "30"]


def test_a39_a_flush_sends_what_waits(clock: TurnedClock) -> None:
    sent: list[Update] = []
    progress = Progress(sent.append, clock=clock)
    progress.report(0.1, "first")
    progress.report(0.9, "last")
    progress.flush()
    assert [update.message for update in sent] == ["first", "last"]
    clock.advance(10)
    assert len(sent) == 2


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


def test_a_report_that_cannot_be_sent_does_not_stop_the_work(clock: TurnedClock) -> None:
    sent: list[Update] = []

    def emit(update: Update) -> None:
        if update.message == "lost":
            raise RuntimeError("the table is down")
        sent.append(update)

    progress = Progress(emit, clock=clock)
    progress.report(0.1, "lost")
    clock.advance(1)
    progress.report(0.2, "next")
    assert [update.message for update in sent] == ["next"]


def test_a_step_waits_by_the_clock_and_may_name_its_items(clock: TurnedClock) -> None:
    sent: list[tuple[float, str]] = []
    began = clock.now()
    progress = Progress(lambda update: sent.append((clock.now() - began, update.message)), clock=clock)
    for _ in progress.track(["a", "b"], "{item}: {done} of {total}"):
        progress.pause(2)
    assert sent == [(2, "a: 1 of 2"), (4, "b: 2 of 2")]
