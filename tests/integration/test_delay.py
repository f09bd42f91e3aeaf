"""The stages of a delay on tables, as its state machine calls them; time is turned."""

from typing import Any

import pytest

from progress import step
from router import cancelling, inquiry
from router.registry import Identity
from steps.delay.end_wait import end_wait
from steps.delay.let_time_pass import let_time_pass
from steps.delay.plan_pauses import plan_pauses
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.steps import LambdaContext, claim, event, logged

REQUEST = {"seconds": 8.4, "steps": 4}


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


def plan(job: str, clock: TurnedClock) -> Any:
    given = event(job, "Plan the pauses", part=(0, 1), request=REQUEST)
    return step(plan_pauses, clock)(given, LambdaContext())


def tell(job: str, pause: dict[str, Any], clock: TurnedClock, retry: int = 0) -> None:
    """Call the stage when its state has waited to the nearest second."""
    clock.advance(max(0, round(pause["until"] - clock.now())))
    given = event(job, "Let time pass", part=(1, 99), retry=retry, pause=pause)
    given["progress"]["total"] = pause["steps"]
    given["context"]["Map"] = {"Item": {"Index": pause["over"]}}
    assert step(let_time_pass, clock)(given, LambdaContext()) is None


def test_a35_a_delay_tells_each_step_when_it_is_over(job: str, clock: TurnedClock) -> None:
    began = clock.now()
    planned = plan(job, clock)
    for pause in planned["pauses"]:
        tell(job, pause, clock)
    given = event(job, "End the wait", part=(99, 100), planned=planned)
    assert step(end_wait, clock)(given, LambdaContext()) == REQUEST
    told = [
        (round(frame["timestamp"] - began, 1), frame["percentage"], frame["message"])
        for frame in logged(job)[:-1]
    ]
    assert told == [
        (0, 0, "Started"),
        (pytest.approx(2.1, abs=0.5), 25, "1 of 4 steps"),
        (pytest.approx(4.2, abs=0.5), 50, "2 of 4 steps"),
        (pytest.approx(6.3, abs=0.5), 74, "3 of 4 steps"),
        (pytest.approx(8.4, abs=0.5), 99, "4 of 4 steps"),
        (told[-2][0], 99, "Started"),
        (told[-1][0], 100, "Complete"),
    ]
    assert told[-1][0] >= 8.4


def test_a35_a_pause_whose_worker_died_is_told_once(job: str, clock: TurnedClock) -> None:
    first, second, *_ = plan(job, clock)["pauses"]
    tell(job, first, clock)
    tell(job, first, clock, retry=1)
    tell(job, second, clock)
    percentages = [frame["percentage"] for frame in logged(job)]
    assert percentages == sorted(percentages)
    assert logged(job)[-1]["percentage"] <= 99


def test_a35_a_delay_that_is_cancelled_says_nothing_more(job: str, clock: TurnedClock) -> None:
    first, second, *_ = plan(job, clock)["pauses"]
    tell(job, first, clock)
    ada = Identity("acme", "ada")
    cancelling.cancel(inquiry.find(ada, job), ada)
    tell(job, second, clock)  # the execution could not be stopped, say
    assert logged(job)[-1]["error"]["code"] == "CANCELLED"
