"""delay on a clock that is turned: what it says, and when."""

import json
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from progress.reporter import Progress, Update
from steps.delay.delay_request import Delayed, DelayRequest
from steps.delay.let_time_pass import LONGEST_PAUSE, let_time_pass
from tests.support.clock import TurnedClock
from tests.support.stack import ROOT, template


def said(request: DelayRequest, clock: TurnedClock) -> list[tuple[float, float, str]]:
    """Run the stage; return when it said what, in seconds since its beginning and percent."""
    began, heard = clock.now(), list[tuple[float, float, str]]()

    def hear(update: Update) -> None:
        heard.append((round(clock.now() - began, 3), round(100 * update.fraction, 2), update.message))

    progress = Progress(hear, clock=clock)
    assert let_time_pass(request, progress) == Delayed(seconds=request.seconds, steps=request.steps)
    return heard


def test_a35_every_step_is_told_when_it_is_over(clock: TurnedClock) -> None:
    assert said(DelayRequest(seconds=2, steps=4), clock) == [
        (0.5, 25, "1 of 4 steps"),
        (1.0, 50, "2 of 4 steps"),
        (1.5, 75, "3 of 4 steps"),
        (2.0, 100, "4 of 4 steps"),
    ]


def test_a35_within_a_long_step_the_percentage_goes_on(clock: TurnedClock) -> None:
    assert said(DelayRequest(seconds=5, steps=2), clock) == [
        (0.833, 16.67, "0 of 2 steps"),
        (1.667, 33.33, "0 of 2 steps"),
        (2.5, 50, "1 of 2 steps"),
        (3.333, 66.67, "1 of 2 steps"),
        (4.167, 83.33, "1 of 2 steps"),
        (5.0, 100, "2 of 2 steps"),
    ]


@pytest.mark.parametrize(("seconds", "steps"), [(3600, 1), (3600, 100), (0.001, 100), (61.7, 7)])
def test_a35_the_wait_is_as_long_as_asked_and_never_blind(
    seconds: float, steps: int, clock: TurnedClock
) -> None:
    heard = said(DelayRequest(seconds=seconds, steps=steps), clock)
    assert heard[-1][1:] == (100, f"{steps} of {steps} steps")
    assert clock.slept == pytest.approx(seconds, abs=0.11)  # and at most one wait for a frame's turn
    times = [0.0, *(time for time, _, _ in heard)]
    assert max(after - before for before, after in pairwise(times)) < LONGEST_PAUSE + 0.11


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


def test_a35_the_longest_delay_fits_into_its_functions_attempts_and_the_machine() -> None:
    machine = json.loads((ROOT / "statemachines/delay.asl.json").read_text())
    (retry,) = [
        each for each in machine["States"]["Let time pass"]["Retry"] if each["ErrorEquals"] == ["OutOfTime"]
    ]
    seconds = template()["Resources"]["LetTimePassFunction"]["Properties"]["Timeout"]
    an_attempt = seconds - 5 - LONGEST_PAUSE  # `track` keeps 5 s for saving
    # Half as much again, for what the frames and the attempts themselves take.
    assert (1 + retry["MaxAttempts"]) * an_attempt > 1.5 * 3600
    assert machine["TimeoutSeconds"] > 1.5 * 3600
