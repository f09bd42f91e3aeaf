"""Row 70: ten frames in any second, and nobody sleeps for it who need not."""

import random
from typing import Any

import pytest

from progress import Progress, step
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.steps import LambdaContext, claim, event, logged, row

UPDATES = 20


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


def run(function: Any, clock: TurnedClock, number: int, of: int) -> None:
    part = (100 * number / of, 100 * (number + 1) / of)
    step(function, clock)(event("r1", f"Stage {number}", part=part), LambdaContext())


def quick(progress: Progress) -> None:
    for number in range(UPDATES):
        progress.report(number / UPDATES, f"{number}")


def test_a70_stages_of_microseconds_wait_for_nothing(job: str, clock: TurnedClock) -> None:
    begin = clock.now()
    for number in range(3):
        run(quick, clock, number, 3)
    assert (clock.now(), clock.slept) == (begin, 0)
    frames = logged(job)
    assert [frame["type"] for frame in frames] == ["progress"] * 7 + ["complete"]
    assert [(frame["stage"], frame["message"]) for frame in frames[:-2]] == [
        (f"Stage {number}", message) for number in range(3) for message in ("Started", "19")
    ]
    assert row(job)["merged"] == 3 * (UPDATES - 1)


@pytest.mark.parametrize("seed", range(12))
def test_a70_no_second_has_more_than_ten_over_all_stages(seed: int, job: str, clock: TurnedClock) -> None:
    chance = random.Random(seed)
    said = 0

    def work(progress: Progress) -> None:
        nonlocal said
        pause = chance.choice([0, 0.0003, 0.01, 0.1])
        for number in range(chance.choice([0, 1, 20, 300])):
            progress.report(number / 300, f"{number}")
            said += 1
            clock.advance(pause)

    stages = chance.choice([1, 5, 12])
    for number in range(stages):
        run(work, clock, number, stages)
        clock.advance(chance.choice([0, 0.05]))
    times = [frame["timestamp"] for frame in logged(job)]
    for start in times:
        assert sum(start <= time < start + 1 for time in times) <= 10
    assert row(job)["merged"] == said - (len(times) - stages - 2)
