"""What a console does to a job: by the real router, as an operator, and by RedriveExecution."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from actions import handler
from jobs.clients import data_bucket, jobs_table
from streamer.console.acting.operator import Operator
from streamer.console.acting.router_function import RouterFunction
from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.place import Place
from streamer.console.run.redriving import why_not
from streamer.console.run.visits import End
from streamer.console.serving.acting_line import ActingLine
from streamer.console.serving.answers import Answers
from tests.support.connections import Connections
from tests.support.router import REPORT, make_machine, send
from tests.support.steps import LambdaContext, logged, row
from tests.support.table import refusal

ARN = "arn:aws:sts::123456789012:assumed-role/Admin/ada@example.com"
FAILED = End("FAILED", 1.0)


class Lambda:
    """Lambda with the router in it; `fails` is raised, or told as the function's own failure."""

    def __init__(self) -> None:
        self.fails: Exception | str | None = None
        self.invoked: list[str] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's
        self.invoked.append(FunctionName)
        if isinstance(self.fails, Exception):
            raise self.fails
        if self.fails:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(self.fails.encode())}
        told = handler(json.loads(Payload), LambdaContext())
        return {"Payload": io.BytesIO(json.dumps(told).encode())}


class States:
    """Step Functions: one ended execution, and whether it may be redriven."""

    def __init__(self, **about: Any) -> None:
        self.about, self.redriven = about, list[str]()

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        return {"status": "FAILED", "stopDate": datetime.now(UTC), **self.about}

    def redrive_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if self.about.get("redriveStatus") != "REDRIVABLE" or self.redriven:
            raise refusal("stepfunctions", "ExecutionNotRedrivable", "RedriveExecution")
        self.redriven.append(executionArn)
        return {"redriveDate": datetime.now(UTC)}


@pytest.fixture
def router() -> Lambda:
    return Lambda()


@pytest.fixture
def reads(aws: list[str], router: Lambda, monkeypatch: pytest.MonkeyPatch, connections: Connections) -> Reads:
    """A deployed stack's, whose clients are moto's but for Lambda and STS."""
    make_machine()
    real: Callable[..., Any] = Place.client

    def client(place: Place, service: str, *args: Any, **more: Any) -> Any:
        if service == "sts":
            return type("Sts", (), {"get_caller_identity": lambda self: {"Arn": ARN}})()
        return router if service == "lambda" else real(place, service, *args, **more)

    monkeypatch.setattr(Place, "client", client)
    return Reads(
        Place("app", jobs_table().name, data_bucket(), boto3.session.Session, router="app-Message-1")
    )


def ended(request_id: str, status: str) -> None:
    jobs_table().update_item(
        Key={"pk": f"acme#{request_id}", "sk": "job"},
        UpdateExpression="SET #status = :status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":status": status},
    )


def test_an_operator_is_named_as_its_credentials_are(reads: Reads, router: Lambda) -> None:
    send("generate_report", REPORT)
    answer = Operator(reads).act("acme", "r1", {"do": "cancel"})
    assert answer["data"] == {"request_id": "r1", "status": "CANCELLED"}
    assert router.invoked == ["app-Message-1"]
    assert logged("r1")[-1]["error"]["details"] == {"by": "operator:ada@example.com"}
    assert row("r1")["cause"] == "cancelled by operator:ada@example.com"
    again = Operator(reads).act("acme", "r1", {"do": "cancel"})
    assert again["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::123456789012:user/ops/grace", "operator:grace"),
        ("arn:aws:iam::123456789012:root", "operator:root"),
    ],
)
def test_the_name_tells_clients_no_account(arn: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ARN", arn)
    place = Place("app", "", "", lambda: None)
    sts = type("Sts", (), {"get_caller_identity": lambda self: {"Arn": arn}})()
    monkeypatch.setattr(Place, "client", lambda *_: sts)
    assert RouterFunction(place).user == name


def test_a_job_runs_again_with_its_metadata_for_the_operator(reads: Reads) -> None:
    send("generate_report", REPORT, metadata={"trace": "t-1"})
    payload = REPORT | {"format": "csv"}
    accepted = Operator(reads).act("acme", "r1", {"do": "run", "payload": payload})
    assert accepted["type"] == "acknowledgment"
    new = row(accepted["request_id"])
    assert (new["user"], new["action"]) == ("operator:ada@example.com", "generate_report")
    given = json.loads(new["execution_input"])
    assert (given["payload"]["format"], given["metadata"]) == ("csv", {"trace": "t-1"})
    assert "connections" not in new
    wrong = Operator(reads).act("acme", "r1", {"do": "run", "payload": {"format": 7}})
    assert wrong["error"]["code"] == "VALIDATION_ERROR"


def test_a_payload_that_waits_in_s3_is_edited_too(reads: Reads) -> None:
    send("echo_async", {"long": "x" * 40_000})
    assert "$claim" in row("r1")["execution_input"]
    answers = Answers(reads)
    found = answers.get("/api/jobs/acme/r1/payload")
    none = answers.get("/api/jobs/acme/r9/payload")
    answers.close()
    assert found is not None
    assert json.loads(found.body) == {"long": "x" * 40_000}
    assert none is not None
    assert none.status == 400


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        ('{"errorType": "Sandbox.Timedout", "errorMessage": "too late"}', "The router failed: too late"),
        (ReadTimeoutError(endpoint_url="https://lambda"), "It may not have been done"),
    ],
)
def test_a_router_that_fails_is_told(fails: Exception | str, told: str, reads: Reads, router: Lambda) -> None:
    send("generate_report", REPORT)
    router.fails = fails
    answer = Operator(reads).act("acme", "r1", {"do": "cancel"})
    assert answer["type"] == "error"
    assert told in answer["error"]["message"]
    assert router.invoked == ["app-Message-1"]  # once: the second could find what the first did


def test_what_cannot_be_asked(reads: Reads, router: Lambda) -> None:
    send("generate_report", REPORT)
    operator = Operator(reads)
    for asked, told in (
        ({"do": "destroy"}, "There are cancel"),
        ({"do": "run", "payload": "x" * 140_000}, "more than"),
    ):
        assert told in operator.act("acme", "r1", asked)["error"]["message"]
    for do in ("run", "redrive"):
        assert operator.act("acme", "none", {"do": do})["error"]["message"] == "There is no such job."
    assert not router.invoked


def test_a_failed_job_is_redriven_where_aws_says_that_it_may(reads: Reads) -> None:
    send("generate_report", REPORT)
    states = reads.executions.states = States(redriveStatus="REDRIVABLE")
    operator = Operator(reads)
    assert "has failed" in operator.act("acme", "r1", {"do": "redrive"})["error"]["message"]
    ended("r1", "FAILED")
    assert operator.act("acme", "r1", {"do": "redrive"})["type"] == "response"
    assert len(states.redriven) == 1
    assert operator.act("acme", "r1", {"do": "redrive"})["error"]["code"] == "ExecutionNotRedrivable"
    reads.executions.states = States(redriveStatus="NOT_REDRIVABLE", redriveStatusReason="It is too old.")
    assert operator.act("acme", "r1", {"do": "redrive"})["error"]["message"] == "It is too old."


@pytest.mark.parametrize(
    ("status", "end", "said"),
    [
        ("RUNNING", None, None),
        ("COMPLETED", End("SUCCEEDED", 1.0), None),
        ("CANCELLED", FAILED, "stays cancelled"),
        ("FAILED", None, "knows no ended execution"),
        ("FAILED", FAILED, "redrives no executions"),
        ("FAILED", End("FAILED", 1.0, redrive="NOT_REDRIVABLE", redrive_reason="Too old."), "Too old."),
    ],
)
def test_why_a_job_is_not_redriven(status: str, end: End | None, said: str | None) -> None:
    found = why_not(status, end)
    assert found is None if said is None else said in (found or "")


def test_a77_nothing_is_done_without_the_token_for_actions(reads: Reads, router: Lambda) -> None:
    send("generate_report", REPORT)
    line = ActingLine(Operator(reads))
    wrong: list[Any] = [{}, [], {"do": "cancel"}, {"do": "cancel", "token": "x"}]
    for asked in (*wrong, {"do": 1, "token": line.token}):
        with pytest.raises(ValueError, match=r"token|no action"):
            line.take("acme", "r1", json.dumps(asked))
    assert not router.invoked
    done = json.loads(line.take("acme", "r1", json.dumps({"do": "cancel", "token": line.token})))
    assert done["type"] == "response"


def test_a_console_that_only_reads_has_no_way_to_act(reads: Reads) -> None:
    answers = Answers(reads)
    place = answers.get("/api/place")
    assert answers.act("/api/jobs/acme/r1/act") is None
    answers.close()
    assert place is not None
    assert json.loads(place.body) == {"stack": "app", "local": False, "acting": None, "try": False}
