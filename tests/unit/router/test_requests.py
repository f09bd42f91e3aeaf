"""Frames that clients send, good and hostile, through the message handler: no AWS behind it."""

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from actions import actions, handler
from router.messages import router
from router.registry import Identity, Registry

CONTEXT = {"connectionId": "c1", "authorizer": {"tenant": "acme", "user": "ada"}}


def send(body: str | dict[str, Any] | None, handle: Any = handler, *, binary: bool = False) -> dict[str, Any]:
    text = json.dumps(body) if isinstance(body, dict) else body
    event = {"body": text, "isBase64Encoded": binary, "requestContext": CONTEXT}
    answer: dict[str, Any] = json.loads(handle(event, None)["body"])
    return answer


@pytest.mark.parametrize("payload", [{"a": [1, None]}, "text", 0, False, [], 2**53 + 1, 10**30, -0.5])
def test_a11_echo_returns_the_payload(payload: Any) -> None:
    answer = send({"action": "echo", "id": "e1", "payload": payload})
    assert answer["type"] == "response"
    assert answer["request_id"] == "e1"
    assert answer["data"] == {"echo": payload}
    assert type(answer["data"]["echo"]) is type(payload)


def test_a11_an_absent_payload_echoes_null() -> None:
    assert send({"action": "echo"})["data"] == {"echo": None}


def test_a12_health() -> None:
    data = send({"action": "health"})["data"]
    assert data["status"] == "ok"
    assert data["version"]
    assert data["timestamp"] > 1_700_000_000


@pytest.mark.parametrize(
    "body", ["", None, "{", "nonsense", "[]", "1", "null", '"text"', '{"action": NaN}', "[" * 100_000]
)
def test_a13_what_is_not_a_json_object(body: str | None) -> None:
    answer = send(body)
    assert answer["type"] == "error"
    assert answer["request_id"] is None
    assert answer["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "payload", ['"\\ud800"', "1e400", "[" * 400 + "]" * 400, '{"a":' * 400 + "1" + "}" * 400]
)
def test_a13_json_that_no_answer_could_carry(payload: str) -> None:
    answer = send(f'{{"action": "echo", "id": "x", "payload": {payload}}}')
    assert answer["error"]["code"] == "VALIDATION_ERROR"


HUGE = "[" + ",".join(["1e15"] * 25_000) + "]"


@pytest.mark.parametrize(
    "frame",
    [
        f'{{"action": "echo", "payload": {HUGE}}}',
        f'{{"action": "echo", "metadata": {{"m": {HUGE}}}}}',
        f'{{"action": "echo", "metadata": {{"m": "{"é" * 6000}"}}}}',
        f'{{"action": "echo", "payload": 1{"0" * 400}}}',
        f'{{"action": "generate_report", "payload": {{"filters": {{"a": {HUGE}}}}}}}',
        f'{{"action": "generate_report", "payload": {{"filters": {{"{"y" * 100_000}": "a", "": ""}}}}}}',
        '{"action": "generate_report", "payload": {' + ",".join(f'"k{n}": 1' for n in range(9000)) + "}}",
        '{"action": "resume", "payload": {"request_id": "x", "seq": true}}',
        '{"action": "list", "payload": {"cursor": "\u0661.000/a"}}',
    ],
    ids=range(9),
)
def test_a15_what_is_too_large_is_refused_in_a_message_that_is_not(frame: str) -> None:
    event = {"body": frame, "requestContext": CONTEXT}
    text = handler(event, None)["body"]
    assert len(text.encode()) < 64 * 1024
    assert json.loads(text)["error"]["code"] == "VALIDATION_ERROR"


def test_a11_nesting_up_to_the_limit() -> None:
    payload: Any = []
    for _ in range(97):
        payload = [payload]
    assert send({"action": "echo", "payload": payload})["data"] == {"echo": payload}


def test_a13_a_binary_frame() -> None:
    assert send("AAEC", binary=True)["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("body", [{}, {"action": ""}, {"action": None}, {"action": 7}, {"action": "x" * 65}])
def test_a14_no_usable_action(body: dict[str, Any]) -> None:
    error = send(body)["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert [fault["path"] for fault in error["details"]] == ["$.action"]


def test_a14_an_unknown_action_lists_what_exists() -> None:
    error = send({"action": "ecko", "id": "x"})["error"]
    assert error["code"] == "INVALID_ACTION"
    assert {"echo", "health", "generate_report", "status"} <= set(error["details"]["available"])


@pytest.mark.parametrize("identifier", ["x" * 129, "", ".", "..", "a b", "a#b", "a/b", "é", 7, {}, "a\n"])
def test_a15_an_id_that_is_not_allowed(identifier: Any) -> None:
    answer = send({"action": "echo", "id": identifier})
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    assert answer["request_id"] is None


@pytest.mark.parametrize("identifier", ["x" * 128, "A.b_c:d-9", "...", ".a", "..a.", "." * 128])
def test_a15_an_id_that_is(identifier: str) -> None:
    assert send({"action": "echo", "id": identifier})["request_id"] == identifier


def test_a15_all_faults_are_told_at_once_with_their_paths() -> None:
    answer = send({"id": "a b", "metadata": []})
    assert {fault["path"] for fault in answer["error"]["details"]} == {"$.action", "$.id", "$.metadata"}
    payload = {"start_date": 5, "end_date": "2013-13-01", "format": "doc", "filters": {"a": 1}, "more": 1}
    answer = send({"action": "generate_report", "id": "r", "payload": payload})
    assert answer["request_id"] == "r"
    paths = {fault["path"] for fault in answer["error"]["details"]}
    assert {"$.payload.start_date", "$.payload.end_date", "$.payload.format", "$.payload.more"} <= paths
    assert any(path.startswith("$.payload.filters.a") for path in paths)


def test_a16_ids_are_made_and_unique() -> None:
    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(lambda _: send({"action": "echo"})["request_id"], range(10_000)))
    assert len(ids) == 10_000


def test_a17_nothing_of_an_exception_reaches_the_client(caplog: pytest.LogCaptureFixture) -> None:
    def explodes(payload: Any, identity: Identity) -> None:
        raise RuntimeError("password=hunter2")

    registry = Registry()
    registry.add("explode", Any, estimate=0, handler=explodes)
    event = {"body": json.dumps({"action": "explode", "id": "x1"}), "requestContext": CONTEXT}
    with caplog.at_level(logging.ERROR):
        logging.getLogger("streamer").propagate = True
        text = router(registry)(event, None)["body"]
    assert "hunter2" not in text
    assert "RuntimeError" not in text
    answer = json.loads(text)
    assert answer["request_id"] == "x1"
    assert answer["error"]["code"] == "INTERNAL_ERROR"
    assert "hunter2" in caplog.text


class Weight(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seconds: float


@pytest.mark.parametrize(
    ("estimate", "threshold", "job"), [(5.0, 5, False), (5.001, 5, True), (7.0, 10, False), (0.2, 0.1, True)]
)
def test_a18_the_threshold_decides(estimate: float, threshold: float, job: bool) -> None:
    registry = Registry()
    registry.add("fixed", Any, estimate=estimate, handler=lambda p, i: None, job=True)
    registry.add("weighed", Weight, estimate=lambda w: w.seconds, handler=lambda p, i: None, job=True)
    fixed, weighed = registry.get("fixed"), registry.get("weighed")
    assert fixed
    assert weighed
    assert fixed.runs_as_job(None, threshold) is job
    assert weighed.runs_as_job(Weight(seconds=estimate), threshold) is job


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        ("reports:write", True),
        ("a reports:write b", True),
        ("", False),
        (None, False),
        ("reports:writer", False),
    ],
)
def test_an_action_may_ask_for_a_permission(permissions: str | None, may: bool) -> None:
    registry = Registry()
    registry.add(
        "write", int, estimate=0, handler=lambda p, i: sorted(i.permissions), permission="reports:write"
    )
    who = {"tenant": "acme", "user": "ada", "permissions": permissions}
    event = {
        "body": json.dumps({"action": "write", "id": "x1", "payload": 1, "permissions": "reports:write"}),
        "requestContext": CONTEXT | {"authorizer": who},
    }
    answer = json.loads(router(registry)(event, None)["body"])
    if may:
        assert "reports:write" in answer["data"]
        return
    assert (answer["request_id"], answer["error"]["code"]) == ("x1", "UNAUTHORIZED")
    assert answer["error"]["details"] == {"permission": "reports:write"}


@pytest.mark.parametrize("permission", ["", "two words", " one"])
def test_a_permission_that_nobody_can_have(permission: str) -> None:
    with pytest.raises(ValueError, match="no permission's name"):
        Registry().add("x", Any, estimate=0, handler=lambda p, i: None, permission=permission)


def test_a_name_is_registered_once() -> None:
    registry = Registry()
    registry.add("twice", Any, estimate=0, handler=lambda p, i: None)
    with pytest.raises(ValueError, match="twice"):
        registry.add("twice", Any, estimate=0, handler=lambda p, i: None)


DATES = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf"}


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({}, "$.payload.start_date"),
        (None, "$.payload.start_date"),
        (DATES | {"start_date": "2013-02-01"}, "$.payload"),
        (DATES | {"end_date": "2014-01-02"}, "$.payload"),
        (DATES | {"format": "docx"}, "$.payload.format"),
        (DATES | {"start_date": "2013-01-01T00:00:00"}, "$.payload.start_date"),
        (DATES | {"start_date": "20130101"}, "$.payload.start_date"),
        (DATES | {"start_date": 1356998400}, "$.payload.start_date"),
        (DATES | {"start_date": "1356998400"}, "$.payload.start_date"),
        (DATES | {"tenant_id": "other"}, "$.payload.tenant_id"),
        ([], "$.payload"),
    ],
)
def test_a29_what_generate_report_refuses(payload: Any, path: str) -> None:
    answer = send({"action": "generate_report", "id": "r", "payload": payload})
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    assert path in [fault["path"] for fault in answer["error"]["details"]]


def test_the_router_imports_neither_boto3_nor_what_only_steps_need() -> None:
    script = "import sys, actions; print(*sys.modules)"
    environment = {
        "PYTHONPATH": "functions",
        "POWERTOOLS_METRICS_NAMESPACE": "x",
        "POWERTOOLS_SERVICE_NAME": "x",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    heavy = {"boto3", "botocore.client", "reportlab", "xlsxwriter", "joserfc", "cryptography", "progress"}
    assert not heavy & set(done.stdout.split())


def test_every_registered_action_is_found() -> None:
    shipped = {"approve", "cancel", "echo", "generate_report", "health", "list", "resume", "status"}
    assert shipped <= set(actions)
