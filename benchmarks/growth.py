"""What a job costs as one thing about it grows: exact counts, in process, on a clock that is turned.

A job is `echo_async`'s, accepted by the router, with stages of our own that report five times a second.
`work` is the Python functions that are called in the thread that works, moto's tables among them: what a
processor does, as far as it can be counted.
"""

import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, fields, replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import boto3

from actions import handler
from jobs.clients import jobs_table
from jobs.keys import ROW, job_key
from progress import Progress, step
from tests.support.clock import TurnedClock
from tests.support.router import make_machine
from tests.support.stack import counted
from tests.support.steps import TENANT, USER, LambdaContext, claim, event

_WRITES = {"PutItem", "UpdateItem", "TransactWriteItems", "DeleteItem"}
_MACHINE = "streamer-echo_async"
_PATIENCE = 30.0  # seconds, until pushes are there
_ids = count()


@dataclass(frozen=True)
class Case:
    """A job, and what is there beside it."""

    rows: int = 0  # jobs before it
    connections: int = 1  # that are open; one of them follows
    followers: int = 1
    payload: int = 100  # bytes
    stages: int = 3
    updates: int = 20  # a stage


GROWN = {
    "rows": (0, 100, 1000),
    "connections": (1, 100, 1000),
    "followers": (1, 10, 100),
    "payload": (100, 10_000, 60_000),
    "stages": (1, 2, 4, 8),
    "updates": (0, 10, 20, 40),
}
COUNTS = ("calls", "writes", "bytes", "pushes", "transitions", "work")


def grow() -> Iterator[dict[str, Any]]:
    """Yield for each thing, and each of its values, what one job costs."""
    for name, values in GROWN.items():
        for value in values:
            yield {"grows": name, "value": value, **cost(replace(Case(), **{name: value}))}


def cost(case: Case) -> dict[str, int]:
    """Return a job's counts: those of `COUNTS`; `bytes` are those of all requests but pushes."""
    os.environ["CONNECTIONS_URL"] = "http://127.0.0.1:1/live"
    with counted() as calls:
        sent = _count_requests()
        _fill(case)
        _run(replace(case, stages=1, updates=1), sent)  # what is made once for a process is made
        begin, before = len(calls), sent.copy()
        with _counting() as called:
            _run(case, sent)
        made = Counter(name.partition(":")[2] for name in calls[begin:])
    return {
        "calls": made.total() - made["PostToConnection"],
        "writes": sum(made[name] for name in _WRITES),
        "bytes": sent["bytes"] - before["bytes"],
        "pushes": sent["pushes"] - before["pushes"],
        "transitions": case.stages,
        "work": called["calls"],
    }


def _fill(case: Case) -> None:
    make_machine(_MACHINE)
    clock = TurnedClock()
    for number in range(case.rows):
        claim(f"before-{number}", clock.now())
    table = boto3.resource("dynamodb").Table(os.environ["CONNECTIONS_TABLE"])
    for number in range(case.connections - 1):
        key = table.key_schema[0]["AttributeName"]
        table.put_item(Item={key: f"other-{number}", "tenant": TENANT, "user": USER})


def _run(case: Case, sent: Counter[str]) -> None:
    """Run one job. Its clock stands while pushes are under way, as they take no time on a quiet day."""
    clock, request_id = TurnedClock(), f"r-{next(_ids)}"
    who = {"connectionId": "c0", "authorizer": {"tenant": TENANT, "user": USER}}
    payload = "x" * case.payload
    body = json.dumps({"action": "echo_async", "id": request_id, "payload": payload})
    with redirect_stdout(io.StringIO()):  # metrics are lines of the log
        answer = json.loads(handler({"body": body, "requestContext": who}, LambdaContext())["body"])
    if answer["type"] != "acknowledgment":
        raise RuntimeError(answer)
    if case.followers > 1:
        jobs_table().update_item(
            Key={"pk": job_key(TENANT, request_id), "sk": ROW},
            UpdateExpression="ADD connections :more",
            ExpressionAttributeValues={":more": {f"c{number}" for number in range(1, case.followers)}},
        )

    def work(request: str, progress: Progress) -> dict[str, int]:
        for number in range(case.updates):
            clock.advance(0.2)
            pushed = sent["pushes"]
            progress.report(number / case.updates, f"{number} of {case.updates}")
            _wait(lambda: sent["pushes"] >= pushed + case.followers)  # noqa: B023 - called at once
        return {"bytes": len(request)}

    given = _input(request_id)
    for number in range(case.stages):
        clock.advance(1)
        part = (100 * number / case.stages, 100 * (number + 1) / case.stages)
        asked = event(request_id, f"Stage {number}", part=part, request=given["payload"])
        asked["context"]["Execution"]["Input"] = given
        step(work, clock)(asked, LambdaContext())


def _input(request_id: str) -> Any:
    """Return what the router gave the job's execution."""
    states = boto3.client("stepfunctions")
    row = jobs_table().get_item(Key={"pk": job_key(TENANT, request_id), "sk": ROW})["Item"]
    machine = str(row["state_machine"])
    for execution in states.list_executions(stateMachineArn=machine)["executions"]:
        given = json.loads(
            states.describe_execution(executionArn=execution["executionArn"]).get("input", "{}")
        )
        if given.get("request_id") == request_id:
            return given
    raise RuntimeError(f"{request_id} has no execution")


def _wait(done: Callable[[], bool]) -> None:
    deadline, counting = time.monotonic() + _PATIENCE, sys.getprofile()
    sys.setprofile(None)  # how often it looks is no work of the job's
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the pushes did not arrive")
        time.sleep(0.001)
    sys.setprofile(counting)


def _count_requests() -> Counter[str]:
    """Count what clients send that are made from now on; pushes arrive at once."""
    sent = Counter[str]()

    def take(params: dict[str, Any], **_: Any) -> None:
        body = params.get("body") or b""
        sent["bytes"] += len(body.getbuffer() if isinstance(body, io.BytesIO) else body)

    def push(**_: Any) -> Any:
        sent["pushes"] += 1
        return SimpleNamespace(status_code=200), {}

    if boto3.DEFAULT_SESSION:
        events = boto3.DEFAULT_SESSION.events
        events.register("before-call", take)
        events.register("before-call.apigatewaymanagementapi.PostToConnection", push)
    return sent


@contextmanager
def _counting() -> Iterator[Counter[str]]:
    called = Counter[str]()

    def note(_frame: Any, what: str, _argument: Any) -> None:
        called["calls"] += what == "call"

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


assert set(GROWN) == {field.name for field in fields(Case)}
