"""delay on a clock that is turned: what is planned, and who waits for it."""

import json
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from progress.reporter import Progress
from steps.delay.delay_request import DelayRequest, Pause
from steps.delay.let_time_pass import let_time_pass
from steps.delay.plan_pauses import SHORTEST_PAUSE, plan_pauses
from tests.support.clock import TurnedClock
from tests.support.stack import ROOT


def planned(clock: TurnedClock, **payload: Any) -> list[tuple[float, int, int]]:
    """Return when how many steps are over, and how many of them are new, in seconds from now."""
    began, request = clock.now(), DelayRequest.model_validate(payload)
    pauses = plan_pauses(request, Progress(None, clock=clock)).pauses
    assert {pause.steps for pause in pauses} == {request.steps}
    return [(round(pause.until - began, 3), pause.over, pause.more) for pause in pauses]


def test_a35_every_step_is_told_when_it_is_over(clock: TurnedClock) -> None:
    assert planned(clock, seconds=5, steps=2) == [(2.5, 1, 1), (5, 2, 1)]
    assert planned(clock, seconds=3, steps=3) == [(1, 1, 1), (2, 2, 1), (3, 3, 1)]


def test_a35_steps_that_end_within_a_second_are_told_together(clock: TurnedClock) -> None:
    assert planned(clock, seconds=2) == [(1, 5, 5), (2, 10, 5)]
    assert planned(clock, seconds=3.5, steps=4) == [(0.875, 1, 1), (1.75, 2, 1), (3.5, 4, 2)]
    assert planned(clock, seconds=0.3, steps=100) == [(0.3, 100, 100)]


@pytest.mark.parametrize(("seconds", "steps"), [(3600, 1), (3600, 100), (0.001, 100), (61.7, 7), (99.5, 100)])
def test_a35_the_wait_is_as_long_as_asked_in_a_hundred_pauses_at_most(
    seconds: float, steps: int, clock: TurnedClock
) -> None:
    pauses = planned(clock, seconds=seconds, steps=steps)
    assert pauses[-1][:2] == (round(seconds, 3), steps)
    assert sum(more for _, _, more in pauses) == steps
    assert len(pauses) == min(steps, max(1, int(seconds)))
    ends = [0.0, *(until for until, _, _ in pauses)]
    lengths = [later - sooner for sooner, later in pairwise(ends)]
    # A step is a pause; where steps are shorter than the shortest, no pause has a step too many.
    assert max(lengths) < 2 * max(seconds / steps, SHORTEST_PAUSE) + 0.01


def test_a35_a_pause_ends_in_its_function_and_never_too_early(clock: TurnedClock) -> None:
    told: list[tuple[float, int, str]] = []
    began = clock.now()
    progress = Progress(
        None,
        clock=clock,
        count=lambda more, message: told.append((round(clock.now() - began, 3), more, message)),
    )
    let_time_pass(Pause(until=began + 0.4, over=3, more=2, steps=8), progress)
    let_time_pass(Pause(until=began + 0.1, over=4, more=1, steps=8), progress)  # its state waited too long
    assert told == [(0.4, 2, "3 of 8 steps"), (0.4, 1, "4 of 8 steps")]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"seconds": 0},
        {"seconds": 3600.1},
        {"seconds": 1, "steps": 0},
        {"seconds": 1, "steps": 101},
        {"seconds": 1, "steps": 1.5},
        {"seconds": 1, "more": 1},
    ],
)
def test_a35_delays_have_bounds(payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DelayRequest.model_validate(payload)


def test_a35_the_longest_delay_fits_into_its_machine() -> None:
    machine = json.loads((ROOT / "statemachines/delay.asl.json").read_text())
    # Whatever its pauses and their retries take, half as much again.
    assert machine["TimeoutSeconds"] > 1.5 * 3600
