"""A delay that outlasts its function, on tables: the state machine's part is a loop, time is turned."""

import pytest

from progress import OutOfTime, step
from router import cancelling, inquiry
from router.registry import Identity
from steps.delay.let_time_pass import let_time_pass
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.steps import claim, event, logged

FUNCTION_SECONDS = 10.0


class Deadline:
    """Lambda's context of an attempt that began just now."""

    def __init__(self, clock: TurnedClock) -> None:
        self._clock, self._end = clock, clock.now() + FUNCTION_SECONDS

    def get_remaining_time_in_millis(self) -> float:
        return 1000 * (self._end - self._clock.now())


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


@pytest.mark.parametrize("steps", [1, 6, 100])
def test_a35_a_delay_longer_than_its_functions_time_continues_where_it_was(
    steps: int, job: str, clock: TurnedClock
) -> None:
    handler, began = step(let_time_pass, clock), clock.now()
    for retry in range(10):
        given = event(
            job,
            "Let time pass",
            part=(0, 100),
            retry=retry,
            request={"seconds": 30, "steps": steps},
        )
        deadline = Deadline(clock)
        try:
            assert handler(given, deadline) == {"seconds": 30, "steps": steps}
            break
        except OutOfTime:
            assert deadline.get_remaining_time_in_millis() > 500  # it gave up by itself, and in time
    assert retry == 3  # 8 of the 10 seconds are worked in; nothing is waited for twice
    assert clock.now() - began < 33
    frames = logged(job)
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert percentages == sorted(percentages)
    assert {frame["attempt"] for frame in frames[:-1]} == {1, 2, 3, 4}
    assert (frames[-3]["message"], frames[-1]["type"]) == (f"{steps} of {steps} steps", "complete")


def test_a35_a_delay_that_is_cancelled_ends_within_a_pause(job: str, clock: TurnedClock) -> None:
    began = clock.now()

    def cancel() -> None:
        ada = Identity("acme", "ada")
        cancelling.cancel(inquiry.find(ada, job), ada)

    clock.call_later(4.5, cancel)
    given = event(job, "Let time pass", part=(0, 100), request={"seconds": 60, "steps": 1})
    assert step(let_time_pass, clock)(given, Deadline(clock)) is None
    assert clock.now() - began < 7
    assert logged(job)[-1]["error"]["code"] == "CANCELLED"
