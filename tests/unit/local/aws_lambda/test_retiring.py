"""Functions that are replaced while they run."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamer.local.aws_lambda.functions import Function
from streamer.local.aws_lambda.lambdas import Lambdas

ARN = "arn:aws:lambda:us-east-1:123456789012:function:work"
CODE = """
import os, time

def handler(event, context):
    time.sleep(event.get("seconds", 0))
    return {"pid": os.getpid(), "version": VERSION, "own": os.environ["OWN"]}
"""
PATIENCE = 20


@pytest.fixture
def lambdas() -> Iterator[Lambdas]:
    service = Lambdas(lambda *_: None)
    yield service
    service.close()


def invoke(lambdas: Lambdas, seconds: float = 0) -> Any:
    return lambdas.invoke("work", json.dumps({"seconds": seconds}).encode())


def test_the_next_invocation_runs_what_was_declared_and_who_is_busy_finishes(
    lambdas: Lambdas, tmp_path: Path
) -> None:
    module = tmp_path / "module.py"
    module.write_text(CODE + "VERSION = 1\n")
    work = Function("work", ARN, "module.handler", tmp_path, {"OWN": "1"}, timeout=10)
    lambdas.declare([work], "http://127.0.0.1:9")
    idle = json.loads(invoke(lambdas).result(PATIENCE).payload)
    busy = invoke(lambdas, 2)
    deadline = time.monotonic() + PATIENCE
    while not lambdas.pids("work", busy=True):
        assert time.monotonic() < deadline
    module.write_text(CODE + "VERSION = 'two'\n")
    lambdas.declare([replace(work, environment={"OWN": "2"})], "http://127.0.0.1:9")
    lambdas.retire(["work"])
    new = json.loads(invoke(lambdas).result(PATIENCE).payload)
    assert (new["version"], new["own"]) == ("two", "2")
    old = json.loads(busy.result(PATIENCE).payload)
    assert (old["pid"], old["version"], old["own"]) == (idle["pid"], 1, "1")
    while lambdas.pids("work") != [new["pid"]]:  # it takes no more
        assert time.monotonic() < deadline
    assert json.loads(invoke(lambdas).result(PATIENCE).payload)["pid"] == new["pid"]
