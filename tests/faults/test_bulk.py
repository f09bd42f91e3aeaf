"""Row 33 under faults: batches are killed, refused, doubled and given up, and every item ends once."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.runner_process import Runner
from progress import TransientError
from steps.bulk_operation.writes import records_table
from tests.e2e.sockets import check_stream, receive, send_large, socket
from tests.e2e.test_bulk import of
from tests.faults.world import Killed
from tests.support import stack
from tests.support.bulk import Bulk, records
from tests.support.clock import TurnedClock
from tests.support.steps import LambdaContext, claim
from tests.support.table import refusal
from tests.support.workers import workers

ITEMS, BEFORE = 12, range(0, 12, 2)
EXAMPLES = 10
Record = dict[str, Any]


@dataclass
class Edge:
    """What goes wrong at the AWS calls that are made while `rate` is over 0; a call takes 0.2 s."""

    random: random.Random
    clock: TurnedClock
    rate: float = 0
    faults: list[str] = field(default_factory=list)

    def before(self, model: Any, **_: Any) -> None:
        self.clock.advance(0.2)
        if self._happens():
            self.faults.append("before")
            code = "SlowDown" if model.service_model.service_name == "s3" else "ThrottlingException"
            throttled = refusal(model.service_model.service_name, code, model.name)
            raise self.random.choice([Killed(), throttled])

    def after(self, **_: Any) -> None:
        if self._happens():
            self.faults.append("after")
            raise self.random.choice([Killed(), ReadTimeoutError(endpoint_url="https://aws")])

    def _happens(self) -> bool:
        return self.random.random() < self.rate


def payload(chance: random.Random) -> Record:
    operation = chance.choice(["put", "update", "delete", "tag"])
    what: dict[str, Record] = {
        "put": {"fields": {"v": 2}},
        "update": {"fields": {"v": 2, "w": 1}},
        "tag": {"tags": ["x"]},
    }
    conditions = [None, {"exists": True}, {"exists": False}, {"equals": {"v": 1}}]
    items = [{"id": f"i{n}"} | what.get(operation, {}) for n in range(ITEMS)]
    condition = chance.choice(conditions)
    return {"operation": operation, "items": items, "batch_size": chance.randint(2, 5), "if": condition}


def start(tenant: str, clock: TurnedClock) -> Bulk:
    claim("r1", clock.now(), tenant=tenant)
    for n in BEFORE:
        item: Record = {"tenant": tenant, "id": f"i{n}", "v": 1 + n % 4 // 2}
        records_table().put_item(Item=item)
    return Bulk("r1", clock, tenant)


def whole(tenant: str) -> dict[str, Record]:
    """Return a tenant's records with their marks."""
    found: list[Record] = records_table().query(
        KeyConditionExpression="tenant = :t", ExpressionAttributeValues={":t": tenant}
    )["Items"]
    return {item.pop("id"): item for item in found if item.pop("tenant")}


def play(bulk: Bulk, given: Record, edge: Edge, gives_up: float) -> Record:
    """Run the job; batches overlap, fail and begin again in any order, and some twice."""
    chance = edge.random
    plan = bulk.cut(given)
    todo = [(batch, 0) for batch in bulk.batches(plan)]
    edge.rate = chance.choice([0.02, 0.05, 0.1])
    while todo:
        batch, retry = todo.pop(chance.randrange(len(todo)))
        if retry == 12:
            edge.rate /= 2  # it has to end some time
        try:
            bulk.applies(bulk.batch(plan, batch, retry), LambdaContext())
        except (Killed, TransientError):
            if chance.random() >= gives_up:
                todo.append((batch, retry + 1))
        else:
            if chance.random() < 0.2:  # delivered twice
                with suppress(Killed, TransientError):
                    bulk.applies(bulk.batch(plan, batch, retry), LambdaContext())
    edge.rate = 0
    return bulk.summarise(plan)


def check(number: int, edge: Edge) -> int:
    """Run one schedule of faults, and compare with the same job without; return how many items were lost."""
    given, calm, rough = payload(edge.random), f"calm{number}", f"rough{number}"
    reference = start(calm, edge.clock)
    expected = reference.run(given)
    bulk = start(rough, edge.clock)
    before = whole(rough)
    result = play(bulk, given, edge, gives_up=edge.random.choice([0, 0, 0.5]))
    report, ends, then = bulk.report(), whole(rough), whole(calm)
    lost = {line["id"] for line in report if line.get("code") == "BATCH_FAILED"}
    assert result["processed"] + result["failed"] == result["total"] == ITEMS
    assert [line["processed"] for line in report].count(True) == result["processed"]
    assert [line["id"] for line in report] == [item["id"] for item in given["items"]]
    for line, as_expected in zip(report, reference.report(), strict=True):
        end = ends.get(line["id"])
        if line["id"] in lost:
            assert end in (before.get(line["id"]), then.get(line["id"]))
        else:
            assert (line, end) == (as_expected, then.get(line["id"]))
    if not lost:
        links = {"report_url": "", "expires_at": 0}
        assert result | links == expected | links
    return len(lost)


def test_a33_whatever_happens_to_batches_every_item_ends_once() -> None:
    lost, faults = 0, list[str]()
    with stack.counted(), records():
        edges: list[Edge] = []
        assert boto3.DEFAULT_SESSION
        events = boto3.DEFAULT_SESSION.events
        events.register("before-call", lambda **call: edges[-1].before(**call) if edges else None)
        events.register("after-call", lambda **call: edges[-1].after(**call) if edges else None)

        @settings(max_examples=EXAMPLES, deadline=None, database=None)
        @given(seed=st.integers(0, 2**32 - 1))
        def run(seed: int) -> None:
            nonlocal lost
            edges.append(Edge(random.Random(seed), TurnedClock()))
            lost += check(len(edges), edges[-1])
            faults.extend(edges[-1].faults)

        run()
    assert min(faults.count("before"), faults.count("after")) > EXAMPLES / 2
    assert lost > 0


@pytest.mark.parametrize("kills", [3])
async def test_a33_killed_workers_lose_no_item(kills: int, runner: Runner) -> None:
    items = [{"id": f"kill{n}", "fields": {"n": n}} for n in range(300)]
    killed = 0
    async with socket(runner) as c:
        given = {"operation": "put", "items": items, "if": {"exists": False}, "batch_size": 25}
        await send_large(c, "bulk_operation", given)
        frames = [await receive(c)]
        while frames[-1]["type"] not in {"complete", "error"}:
            frames.append(await receive(c))
            if frames[-1].get("stage") == "Apply the batches" and killed < kills:
                for pid, _ in islice(workers(runner, "ApplyFunction"), 1):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
    check_stream(frames)
    assert killed == kills
    result = frames[-1]["result"]
    assert result.items() >= {"success": True, "processed": 300, "failed": 0, "total": 300}.items()
    stored = await asyncio.to_thread(of, runner, "kill")
    assert {name: record["n"] for name, record in stored.items()} == {f"kill{n}": n for n in range(300)}
