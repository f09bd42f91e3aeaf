"""Map stages: the items of a Map count together, each in a process of its own."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from pydantic import BaseModel

from jobs.keys import job_key
from progress import Progress, TransientError, step
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.steps import LambdaContext, claim, event, logged

PART = (10, 90)


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


def item(job: str, index: int, total: int, retry: int = 0, **given: Any) -> dict[str, Any]:
    made = event(job, "Apply the batch", part=PART, retry=retry, **given)
    made["progress"]["total"] = total
    made["context"]["Map"] = {"Item": {"Index": index}}
    return made


def apply(size: int, progress: Progress) -> int:
    progress.count(size, "{done} of {total} items")
    return size


def percentages(job: str) -> list[float]:
    return [frame["percentage"] for frame in logged(job)]


def test_a_map_speaks_once_a_percent(job: str, connections: Connections, clock: TurnedClock) -> None:
    handler = step(apply, clock)
    for index in range(200):
        handler(item(job, index, 200, size=1), LambdaContext())
        clock.advance(0.1)
    assert percentages(job) == list(range(11, 91))
    last = logged(job)[-1]
    assert last["message"] == "200 of 200 items"
    assert last["metadata"] == {"from": 10, "to": 90, "done": 200, "total": 200}
    assert connections.frames["c1"] == logged(job)


def test_a37_a_map_speaks_ten_times_a_second(job: str, clock: TurnedClock) -> None:
    handler = step(apply, clock)
    for index in range(200):
        handler(item(job, index, 200, size=1), LambdaContext())
        clock.advance(0.01)
    seconds = Counter(int(frame["timestamp"]) for frame in logged(job))
    assert 10 <= len(logged(job)) <= 21
    assert max(seconds.values()) <= 11  # a calendar second may begin in between


def test_a_map_costs_one_write_and_one_read_an_item(job: str, clock: TurnedClock, aws: list[str]) -> None:
    handler = step(apply, clock)
    begin = len(aws)
    for index in range(5):
        handler(item(job, index, 1000, size=1), LambdaContext())
    assert Counter(aws[begin:]) == {"dynamodb:Query": 5, "dynamodb:UpdateItem": 5}


def test_a36_items_at_the_same_moment_never_say_less_than_was_said(job: str, clock: TurnedClock) -> None:
    handler = step(apply, clock)

    def run(index: int) -> None:
        clock.advance(0.11)
        handler(item(job, index, 200, size=1), LambdaContext())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(200)))
    said = percentages(job)
    assert said == sorted(set(said))
    assert [frame["seq"] for frame in logged(job)] == list(range(1, len(said) + 1))
    table = boto3.resource("dynamodb").Table("JobsTable")
    found = table.get_item(Key={"pk": job_key("acme", job), "sk": "counter#Apply the batch"})["Item"]
    assert found["done"] == 200


def test_a_count_above_the_total_stays_at_the_stages_end(job: str, clock: TurnedClock) -> None:
    handler = step(apply, clock)
    for _ in range(3):  # an item that is delivered again counts again
        clock.advance(1)
        handler(item(job, 0, 2, size=1), LambdaContext())
    assert percentages(job) == [50, 90]
    assert logged(job)[-1]["message"] == "2 of 2 items"


def test_a44_each_item_has_a_checkpoint_of_its_own(job: str, clock: TurnedClock) -> None:
    class Seen(BaseModel):
        parts: list[str] = []

    def work(size: int, progress: Progress) -> int:
        seen = Seen()
        for part in progress.track(["one", "two", "three"], state=seen):
            seen.parts.append(part)
            begun.append(part)
            clock.advance(2)
            if part == "three" and fails:
                raise TransientError("killed")
        return size

    begun, fails, handler = list[str](), [True], step(work, clock)
    with pytest.raises(TransientError):
        handler(item(job, 7, 20, size=1), LambdaContext())
    fails.clear()
    begun.clear()
    handler(item(job, 8, 20, retry=1, size=1), LambdaContext())
    handler(item(job, 7, 20, retry=1, size=1), LambdaContext())
    assert begun == ["one", "two", "three", "three"]
    assert logged(job) == []  # the items of a Map announce nothing
