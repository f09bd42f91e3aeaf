"""What the main job costs in AWS calls: exact, counted in process at boto3's own events."""

import io
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from typing import Any

import boto3

from actions import handler
from demo import flights
from progress.step import Handler
from steps.generate_report import process, publish, query, render
from tests.support.connections import Connections
from tests.support.router import make_machine
from tests.support.stack import counted
from tests.support.steps import TENANT, USER, LambdaContext, event

ID, FOLLOWER = "bench", "c1"
REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf", "include_charts": True}

Count = tuple[str, Counter[str], int]


def count() -> Iterator[Count]:
    """Yield for each part of the main job its name, its calls, and the frames that were logged and pushed."""
    connections = Connections()
    os.environ["CONNECTIONS_URL"] = connections.url
    try:
        with counted() as calls:
            flights.load(boto3.client("s3"), os.environ["DATA_BUCKET"], months=flights.JANUARY)
            make_machine()
            for name, act in _parts():
                begin, pushed = len(calls), len(connections.frames[FOLLOWER])
                act()
                yield name, Counter(calls[begin:]), len(connections.frames[FOLLOWER]) - pushed
    finally:
        connections.close()


def _parts() -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "echo", partial(_send, "echo", {"a": 1})
    yield "acknowledgment", partial(_send, "generate_report", REPORT)
    outputs: list[Any] = [REPORT]
    for name, stage, part, takes in (
        ("Query the records", query.handler, (0, 30), "request"),
        ("Process the records", process.handler, (30, 60), "collected"),
        ("Render the report", render.handler, (60, 90), "report"),
        ("Publish the report", publish.handler, (90, 100), "rendered"),
    ):
        given = {"request": REPORT, takes: outputs[-1]}
        yield name, partial(_run, stage, event(ID, name, part=part, **given), outputs)


def _run(stage: Handler, given: dict[str, Any], outputs: list[Any]) -> None:
    with redirect_stdout(io.StringIO()):  # metrics are lines of the log
        outputs.append(stage(given, LambdaContext()))


def _send(action: str, payload: Any) -> None:
    context = {
        "connectionId": FOLLOWER,
        "authorizer": {"tenant": TENANT, "user": USER},
        "requestTimeEpoch": time.time() * 1000,
    }
    body = json.dumps({"action": action, "id": ID, "payload": payload})
    with redirect_stdout(io.StringIO()):
        answer = json.loads(handler({"body": body, "requestContext": context}, LambdaContext())["body"])
    if answer["type"] == "error":
        raise RuntimeError(answer["error"])
