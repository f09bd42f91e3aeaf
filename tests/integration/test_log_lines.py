"""Row 56: every line of the functions' log says whose it is, and one trace runs from message to stages."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from jobs.logger import logger
from progress import Progress, ended, settle, step
from tests.support.router import REPORT, make_machine, send
from tests.support.steps import LambdaContext, claim, event, row

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
JOB = {"tenant": "acme", "request_id": "r1"}
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:"


class Lines(io.StringIO):
    """What is logged, line by line."""

    def last(self, message: str) -> dict[str, Any]:
        found = [json.loads(line) for line in self.getvalue().splitlines()]
        return next(line for line in reversed(found) if line["message"] == message)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    (handler,) = logger.handlers
    written = Lines()
    before = handler.setStream(written)  # type: ignore[attr-defined]
    yield written
    handler.setStream(before)  # type: ignore[attr-defined]


def told(line: dict[str, Any]) -> dict[str, Any]:
    keys = ("tenant", "request_id", "action", "stage", "attempt", "execution", "function_request_id")
    assert line["xray_trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert line["function_request_id"] == "lambda-1"
    return {key: line[key] for key in keys[:-1] if key in line}


def test_a56_a_line_says_whose_it_is(aws: list[str], lines: Lines) -> None:
    make_machine()
    send("generate_report", REPORT)
    job = JOB | {"action": "generate_report"}
    execution = told(lines.last("accepted")).pop("execution")
    assert told(lines.last("accepted")) == job | {"execution": execution}
    assert execution.startswith(f"{EXECUTION}streamer-generate_report:")

    def work(progress: Progress) -> None:
        pass

    step(work)(event("r1", "Query", retry=2), LambdaContext())
    job = JOB | {"action": "test", "execution": f"{EXECUTION}Test:x"}
    assert told(lines.last("stage done")) == job | {"stage": "Query", "attempt": 3}
    failure = {"Error": "PermanentError", "Cause": "", "Stage": "Query"}
    settle.handler({**event("r1"), "failure": failure}, LambdaContext())
    assert told(lines.last("stage failed")) == job | {"stage": "Query"}


def test_a56_a_line_has_nothing_of_the_invocation_before(aws: list[str], lines: Lines) -> None:
    claim("r1", 1_700_000_000)

    def work(progress: Progress) -> None:
        pass

    step(work)(event("r1"), LambdaContext())
    detail = {"executionArn": f"{EXECUTION}streamer-any:x", "status": "FAILED", "input": None}
    ended.on_status_change({"detail": detail}, LambdaContext())
    assert told(lines.last("no job's")) == {"execution": detail["executionArn"]}


def test_a56_the_trace_goes_on_in_the_execution_whose_name_is_one_that_aws_logs(
    aws: list[str], lines: Lines
) -> None:
    started: list[dict[str, Any]] = []
    assert boto3.DEFAULT_SESSION
    make_machine()
    boto3.DEFAULT_SESSION.events.register(
        "provide-client-params.stepfunctions.StartExecution", lambda params, **_: started.append(dict(params))
    )
    send("generate_report", REPORT, request_id="a.b:c-_d")
    (given,) = started
    assert given["traceHeader"] == TRACE
    # Step Functions logs no execution whose name has other signs; request ids may have some.
    assert re.fullmatch("[0-9A-Za-z_-]{1,80}", given["name"])
    assert row("a.b:c-_d")["status"] == "RUNNING"
