"""The router against tables and Step Functions: claims, executions, connections."""

import concurrent.futures
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import jobs.clients
from jobs.keys import execution_name
from router import connections as connection_routes
from tests.support.router import REPORT, make_machine, send
from tests.support.steps import claim, row


@pytest.fixture
def machine(aws: list[str]) -> str:
    return make_machine()


def executions(machine: str) -> list[str]:
    return [
        each["name"]
        for each in boto3.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    ]


def test_a19_a_job_is_acknowledged_in_two_calls(machine: str, aws: list[str]) -> None:
    begin = len(aws)
    answer = send("generate_report", REPORT)
    assert aws[begin:] == ["dynamodb:TransactWriteItems", "stepfunctions:StartExecution"]
    assert answer.pop("timestamp") > 1_700_000_000
    assert answer == {
        "type": "acknowledgment",
        "request_id": "r1",
        "seq": 0,
        "action": "generate_report",
        "estimate_seconds": pytest.approx(6.1),
    }
    assert row("r1")["connections"] == {"c1"}


def test_an_echo_costs_no_call(machine: str, aws: list[str]) -> None:
    begin = len(aws)
    send("echo", {"a": 1})
    assert aws[begin:] == []


def test_a20_a_refused_start_can_be_tried_again(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = jobs.clients.step_functions().start_execution
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "StartExecution")

    def refuse(**_: Any) -> None:
        raise throttled

    monkeypatch.setattr(jobs.clients.step_functions(), "start_execution", refuse)
    answer = send("generate_report", REPORT)
    assert answer["error"]["code"] == "INTERNAL_ERROR"
    assert "secret" not in json.dumps(answer)
    assert executions(machine) == []
    monkeypatch.setattr(jobs.clients.step_functions(), "start_execution", real)
    assert send("generate_report", REPORT)["type"] == "acknowledgment"
    assert len(executions(machine)) == 1


def test_a20_a_table_that_is_down_is_an_error_without_detail(
    machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBS_TABLE", "NoSuchTable")
    jobs.clients.jobs_table.cache_clear()
    answer = send("generate_report", REPORT)
    assert answer["error"] == {"code": "INTERNAL_ERROR", "message": "Something went wrong on our side."}
    assert executions(machine) == []


def test_a21_metadata_reaches_the_execution_and_identity_does_not_come_from_it(machine: str) -> None:
    send(
        "generate_report",
        REPORT,
        metadata={"trace": "t-1", "tenant_id": "evil", "user_id": "eve"},
        tenant_id="evil",
    )
    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    given = json.loads(
        boto3.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])["input"]
    )
    assert (given["tenant"], given["user"]) == ("acme", "ada")
    assert given["metadata"]["trace"] == "t-1"
    assert row("r1")["tenant"] == "acme"


def test_a23_the_same_request_twice_is_one_job(machine: str) -> None:
    first = send("generate_report", REPORT)
    again = send("generate_report", dict(reversed(REPORT.items())), connection="c2")
    assert first == again
    assert len(executions(machine)) == 1
    assert row("r1")["connections"] == {"c1", "c2"}


def test_a23_at_the_same_moment(machine: str) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send("generate_report", REPORT), range(8)))
    assert {answer["type"] for answer in answers} == {"acknowledgment"}
    assert len({answer["timestamp"] for answer in answers}) == 1
    assert len(executions(machine)) == 1


def test_a24_the_same_id_with_another_payload_is_a_conflict(machine: str) -> None:
    send("generate_report", REPORT)
    before = row("r1")
    answer = send("generate_report", REPORT | {"format": "csv"})
    assert answer["error"]["code"] == "CONFLICT"
    assert answer["request_id"] == "r1"
    assert row("r1") == before
    assert len(executions(machine)) == 1


def test_a25_the_same_id_in_two_tenants_is_two_jobs(machine: str) -> None:
    send("generate_report", REPORT)
    send("generate_report", REPORT, tenant="globex", connection="c9")
    assert len(executions(machine)) == 2
    assert execution_name("acme", "r1", "1.000") != execution_name("globex", "r1", "1.000")
    assert row("r1")["connections"] == {"c1"}
    assert send("status", {"request_id": "r1"}, tenant="globex")["data"]["status"] == "RUNNING"


def test_status_of_a_job_that_is_not_ours(aws: list[str]) -> None:
    claim("theirs", 1_700_000_000, tenant="globex")
    assert send("status", {"request_id": "theirs"})["error"]["code"] == "NOT_FOUND"
    assert send("status", {"request_id": "theirs"}, tenant="globex")["data"]["status"] == "RUNNING"


CONNECT = {
    "headers": {"Sec-WebSocket-Protocol": "a.b.c, streamer"},
    "requestContext": {
        "connectionId": "c1",
        "connectedAt": 1_700_000_000_123,
        "identity": {"sourceIp": "192.0.2.1", "userAgent": "tests"},
        "authorizer": {
            "tenant": "acme",
            "user": "ada",
            "permissions": "reports",
            "token_expires_at": "1700003600",
        },
    },
}


def stored() -> list[dict[str, Any]]:
    return boto3.resource("dynamodb").Table("ConnectionsTable").scan()["Items"]


def test_a01_the_row_of_a_connection(aws: list[str]) -> None:
    assert connection_routes.on_connect(CONNECT, None) == {
        "statusCode": 200,
        "headers": {"Sec-WebSocket-Protocol": "streamer"},
    }
    assert stored() == [
        {
            "connection_id": "c1",
            "tenant": "acme",
            "user": "ada",
            "permissions": "reports",
            "token_expires_at": 1_700_003_600,
            "ip": "192.0.2.1",
            "user_agent": "tests",
            "connected_at": 1_700_000_000,
            "expires_at": 1_700_007_200,
        }
    ]


def test_a07_the_store_is_down(aws: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTIONS_TABLE", "NoSuchTable")
    jobs.clients.connections_table.cache_clear()
    assert connection_routes.on_connect(CONNECT, None) == {"statusCode": 500}
    assert stored() == []


def test_a08_disconnect_removes_the_row_and_may_come_twice(aws: list[str]) -> None:
    connection_routes.on_connect(CONNECT, None)
    for _ in range(2):
        assert connection_routes.on_disconnect(CONNECT, None) == {"statusCode": 200}
        assert stored() == []


def test_a_job_is_not_given_numbers_that_its_machine_would_round(machine: str) -> None:
    answer = send("generate_report", REPORT, metadata={"n": 2**53 + 1})
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    assert [fault["path"] for fault in answer["error"]["details"]] == ["$.metadata.n"]
    assert executions(machine) == []
    assert send("generate_report", REPORT, metadata={"n": 2**53})["type"] == "acknowledgment"
