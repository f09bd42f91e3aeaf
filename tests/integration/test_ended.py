"""Jobs whose end no Catch saw, and jobs that are redriven."""

import json
import time
from typing import Any

import boto3
import pytest

from progress import PermanentError, Progress, ended, settle, step
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.router import REPORT, make_machine, send
from tests.support.steps import LambdaContext, claim, event, logged, row


def change(status: str, request_id: str = "r1") -> dict[str, Any]:
    """Return Step Functions' own event."""
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": "arn:aws:states:us-east-1:123456789012:execution:streamer-any:x",
            "status": status,
            "input": json.dumps({"tenant": "acme", "request_id": request_id}),
            "inputDetails": {"included": True},
        },
    }


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


@pytest.mark.parametrize(
    ("status", "code"),
    [("TIMED_OUT", "TIMEOUT"), ("ABORTED", "CANCELLED"), ("FAILED", "PROCESSING_FAILED")],
)
def test_a43_the_client_gets_one_terminal_frame(
    status: str, code: str, job: str, connections: Connections
) -> None:
    for _ in range(3):  # EventBridge delivers at least once
        ended.on_status_change(change(status), None)
    assert [frame["error"]["code"] for frame in connections.frames["c1"]] == [code]
    assert row(job)["status"] == ("CANCELLED" if status == "ABORTED" else "FAILED")


def test_a43_a_job_that_the_catch_settled_stays_as_it_is(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    failure = {"Error": "OutOfTime", "Cause": "{}", "Stage": "Work"}
    settle.handler({**event(job), "failure": failure}, None, clock)
    before = row(job)
    ended.on_status_change(change("FAILED"), None)
    assert row(job) == before
    assert [frame["type"] for frame in logged(job)] == ["error"]


def test_a43_an_execution_of_nobodys_job_is_let_be(aws: list[str]) -> None:
    ended.on_status_change(change("FAILED", "unknown"), None)


@pytest.mark.parametrize("given", [None, '"text"', "[]", '{"tenant": "acme"}'])
def test_a43_an_event_without_its_input_is_left_to_the_sweep(
    given: str | None, job: str, connections: Connections
) -> None:
    told = change("FAILED")
    told["detail"] |= {"input": given, "inputDetails": {"included": given is not None}}
    ended.on_status_change(told, None)
    assert row(job)["status"] == "RUNNING"
    assert not connections.frames["c1"]


def test_a42_a_timeout_has_no_cause_but_the_row_says_what_it_was(job: str, clock: TurnedClock) -> None:
    failure = {"Error": "States.Timeout", "Cause": "", "Stage": "Work"}
    settle.handler({**event(job), "failure": failure}, None, clock)
    assert row(job)["cause"] == "States.Timeout"


def test_a43_the_sweep_settles_what_the_rule_missed(
    aws: list[str], connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_machine()
    send("generate_report", REPORT, request_id="aborted")
    send("generate_report", REPORT, request_id="runs")
    client = boto3.client("stepfunctions")
    arns = {
        json.loads(client.describe_execution(executionArn=each["executionArn"])["input"])["request_id"]: each[
            "executionArn"
        ]
        for machine in client.list_state_machines()["stateMachines"]
        for each in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    }
    client.stop_execution(executionArn=arns["aborted"])
    claim("never-started", time.time() - 3600)
    claim("young", time.time())
    claim("over", time.time() - 3600)
    ended.settle("acme", "over", "FAILED", "")
    assert ended.sweep({}, None) == 1  # the others are younger than a minute
    monkeypatch.setattr(ended, "GRACE_SECONDS", -1)
    assert ended.sweep({}, None) == 2
    assert ended.sweep({}, None) == 0
    statuses = {name: row(name)["status"] for name in ("aborted", "runs", "never-started", "young")}
    assert statuses == {
        "aborted": "CANCELLED",
        "runs": "RUNNING",
        "never-started": "FAILED",
        "young": "FAILED",
    }


def test_a45_a_redriven_job_goes_on_at_the_failed_stage(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    broken = [True]

    def fails_at_first(progress: Progress) -> str:
        if broken[0]:
            raise PermanentError("Not today.")
        return "done"

    def works(progress: Progress) -> str:
        return "ok"

    step(works, clock)(event(job, "One", part=(0, 50)), LambdaContext())
    failing = event(job, "Two", part=(50, 100))
    with pytest.raises(PermanentError):
        step(fails_at_first, clock)(failing, LambdaContext())
    failure = {"Error": "PermanentError", "Cause": '{"errorMessage": "Not today."}', "Stage": "Two"}
    settle.handler({**failing, "failure": failure}, None, clock)
    assert row(job)["status"] == "FAILED"

    broken[0] = False
    failing["context"]["Execution"]["RedriveCount"] = 1  # as AWS documents the context object
    assert step(fails_at_first, clock)(failing, LambdaContext()) == "done"
    frames = connections.frames["c1"]
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert [frame["type"] for frame in frames[-4:]] == ["error", "progress", "progress", "complete"]
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert percentages == sorted(percentages)
    assert row(job)["status"] == "COMPLETED"
    assert "error" not in row(job)


def test_a45_a_late_delivery_of_the_attempt_before_does_not_reopen_a_job(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    ended.on_status_change(change("FAILED"), None)

    def works(progress: Progress) -> str:
        return "ok"

    with pytest.raises(PermanentError):
        step(works, clock)(event(job), LambdaContext())
    assert row(job)["status"] == "FAILED"
