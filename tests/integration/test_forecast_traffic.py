"""The forecast's traffic, held against what the engine does; and its numbers against the engine's own."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import boto3
import pytest

from jobs import checkpoints, claims, keys
from progress import Progress, TransientError, settle, step, throttle
from progress.step import LARGEST_RESULT, Handler
from router import messages, requests
from streamer.forecast import engine_facts as engine
from streamer.forecast.forecasting import ROUTER_SECONDS
from streamer.forecast.history import Path
from streamer.forecast.paths import happy, worst
from streamer.forecast.stages import stages
from streamer.forecast.traffic import Assumed, Traffic, job
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.machines import CAUGHT, OVER, block, retry, task
from tests.support.router import REPORT, make_machine, send
from tests.support.stack import template
from tests.support.steps import LambdaContext, event

WRITES = {"dynamodb:TransactWriteItems", "dynamodb:PutItem", "dynamodb:UpdateItem"}
READS = {"dynamodb:Query", "dynamodb:GetItem"}


@pytest.fixture
def accepted(aws: list[str], connections: Connections) -> list[str]:
    """Calls from a request on, whose job is accepted."""
    make_machine()
    aws.clear()
    assert send("generate_report", REPORT)["type"] == "acknowledgment"
    return aws


def one(_name: str, _state: Any) -> int:
    return 1


def forecast(path: Path | None, *, completes: bool) -> Traffic:
    assert path is not None
    assumed = Assumed(payload=len(json.dumps(REPORT)), followers=1)
    return job(stages(path, {}, 0), assumed, most=False, completes=completes)


def quiet(progress: Progress) -> int:
    return 1


def failing(progress: Progress) -> int:
    raise TransientError("not now")


def count(calls: list[str]) -> tuple[int, int]:
    counted = Counter(calls)
    return sum(counted[name] for name in WRITES), sum(counted[name] for name in READS)


def run(handler: Handler, part: tuple[float, float], clock: TurnedClock, retried: int = 0) -> None:
    handler(event("r1", f"Part {part[0]}", part=part, retry=retried), LambdaContext())
    clock.advance(1)


def test_a_job_that_goes_well(accepted: list[str], connections: Connections, clock: TurnedClock) -> None:
    run(step(quiet, clock), (0, 40), clock)
    run(step(quiet, clock), (40, 100), clock)
    found = forecast(happy(block(A=task(0, 40), B=task(40, 100)), one), completes=True)
    assert count(accepted) == (found.writes, found.reads)
    assert len(connections.frames["c1"]) == found.pushes == found.frames


def test_a_job_that_goes_badly(accepted: list[str], connections: Connections, clock: TurnedClock) -> None:
    for retried in range(3):
        with pytest.raises(TransientError):
            run(step(failing, clock), (0, 100), clock, retried)
    failure = {"Error": "TransientError", "Cause": "{}", "Stage": "Part 0"}
    settle.handler({**event("r1"), "failure": failure}, None, clock)
    caught = [{**CAUGHT[0], "Next": "Save"}]
    machine = block(A=task(0, 100, Retry=retry(2), Catch=caught), Save=task(), Over=OVER)
    found = forecast(worst(machine, one), completes=False)
    assert count(accepted) == (found.writes, found.reads)
    assert len(connections.frames["c1"]) == found.pushes == found.frames


def size(item: dict[str, Any]) -> int:
    """Return an item's bytes as DynamoDB counts them, numbers and lists a little larger."""

    def of(value: Any) -> int:
        if isinstance(value, str):
            return len(value.encode())
        if isinstance(value, set | list):
            return 3 + sum(1 + of(each) for each in value)
        return len(str(Decimal(value))) + 2

    return sum(len(name) + of(value) for name, value in item.items())


def test_rows_and_frames_are_as_small_as_is_assumed(accepted: list[str], clock: TurnedClock) -> None:
    run(step(quiet, clock), (0, 40), clock)
    run(step(quiet, clock), (40, 100), clock)
    items = boto3.resource("dynamodb").Table("JobsTable").scan()["Items"]
    rows = [size(each) for each in items if each["sk"] == "job"]
    frames = [size(each) for each in items if str(each["sk"]).startswith("frame#")]
    given = Assumed(payload=len(json.dumps(REPORT)), followers=1)
    assert rows[0] <= given.row + engine.RESULT
    assert rows[0] > given.row / 2  # and not half of it
    assert len(frames) == 4
    assert max(frames) <= engine.KIB


def test_the_numbers_are_the_engines() -> None:
    assert throttle.FRAMES_PER_SECOND == engine.FRAMES_PER_SECOND
    assert 1 / checkpoints.SECONDS_BETWEEN == engine.CHECKPOINTS_PER_SECOND
    assert claims.LARGEST_INLINE == engine.LARGEST_INLINE
    assert LARGEST_RESULT == engine.LARGEST_RESULT
    assert requests.LARGEST_METADATA == engine.LARGEST_METADATA
    assert messages.LARGEST_MESSAGE == engine.LARGEST_MESSAGE
    assert keys.RUNNING_SHARDS == engine.RUNNING_SHARDS
    indexes = template()["Resources"]["JobsTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert len(indexes) == engine.ROW_INDEXES
    assert 0 < ROUTER_SECONDS < 1
