"""Rows 33 and 34: bulk_operation over a real socket, on a real table."""

import asyncio
import json
import urllib.request
from collections import Counter
from typing import Any

from mypy_boto3_dynamodb.service_resource import Table
from mypy_boto3_s3 import S3Client

from demo.runner_process import Runner
from tests.e2e.conftest import table
from tests.e2e.sockets import Frame, ask, check_stream, follow, receive, run, send, send_large, socket

Payload = dict[str, Any]


def put(prefix: str, count: int, **more: Any) -> Payload:
    items = [{"id": f"{prefix}{n}", "fields": {"n": n}} for n in range(count)]
    return {"operation": "put", "items": items} | more


def of(runner: Runner, prefix: str, tenant: str = "acme") -> Payload:
    """Return a tenant's records whose ids begin so."""
    found = table(runner, "RecordsTable").query(
        KeyConditionExpression="tenant = :t AND begins_with(id, :p)",
        ExpressionAttributeValues={":t": tenant, ":p": prefix},
    )["Items"]
    return {str(item["id"]): item for item in found}


async def report(frame: Frame) -> list[Payload]:
    result = frame.get("result") or frame["partial"]["result"]

    def get() -> str:
        with urllib.request.urlopen(result["report_url"], timeout=10) as answer:
            return str(answer.read().decode())

    return [json.loads(line) for line in (await asyncio.to_thread(get)).splitlines()]


async def test_a33_a_thousand_items_some_of_which_fail(runner: Runner) -> None:
    async with socket(runner) as c:
        await run(c, "bulk_operation", put("some-", 30))
        given = put("some-", 1000, **{"if": {"exists": False}})
        frames = await follow(c, await send_large(c, "bulk_operation", given))
    check_stream(frames)
    assert frames[-1]["success"] is False
    result = frames[-1]["result"]
    assert result.items() >= {"success": False, "processed": 970, "failed": 30, "total": 1000}.items()
    assert len(result["failures"]) == 20
    assert {failure["code"] for failure in result["failures"]} == {"CONDITION_FAILED"}
    lines = await report(frames[-1])
    assert [line["id"] for line in lines] == [f"some-{n}" for n in range(1000)]
    assert [line["n"] for line in lines if not line["processed"]] == list(range(1, 31))
    assert {name: record["n"] for name, record in of(runner, "some-").items()} == {
        f"some-{n}": n for n in range(1000)
    }
    assert of(runner, "some-", tenant="globex") == {}

    counted = [frame for frame in frames if frame.get("stage") == "Apply the batches"]
    assert len(counted) >= 2
    assert max(Counter(frame["percentage"] for frame in counted).values()) == 1
    assert all(frame["percentage"] == int(frame["percentage"]) for frame in counted)
    assert counted[-1]["metadata"].items() >= {"from": 10, "to": 90, "total": 1000}.items()


async def test_a34_more_failures_than_tolerated(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c:
        await run(c, "bulk_operation", put("strict-", 15))
        given = put("strict-", 200, tolerated_failure_percentage=5, **{"if": {"exists": False}})
        frames = await run(c, "bulk_operation", given, id="row-34")
        status = (await ask(c, "status", {"request_id": "row-34"}))["data"]
    check_stream(frames)
    error, partial = frames[-1]["error"], frames[-1]["partial"]
    assert error["code"] == "PROCESSING_FAILED"
    assert error["message"] == "15 of 200 items failed, more than the tolerated 5%."
    assert partial["result"].items() >= {"processed": 185, "failed": 15, "total": 200}.items()
    assert status["status"] == "FAILED"
    links = {"report_url": "", "expires_at": 0}  # they are signed anew for whoever asks
    assert status["partial"]["result"] | links == partial["result"] | links
    lines = await report(frames[-1])
    assert await report(status) == lines
    named = {line["id"] for line in lines if line["processed"]}
    assert named == {f"strict-{n}" for n in range(15, 200)}
    assert of(runner, "strict-").keys() == {f"strict-{n}" for n in range(200)}


async def test_a33_a_manifest_of_the_tenants_own(runner: Runner, s3: S3Client) -> None:
    lines = [json.dumps({"id": f"list-{n}", "tags": ["seen"]}) for n in range(800)]
    lines[7] = "{"
    s3.put_object(Bucket=runner.bucket, Key=f"uploads/acme/{'a' * 32}", Body="\n".join(lines).encode())
    given = {"operation": "tag", "manifest": {"upload": "a" * 32}}
    async with socket(runner, tenant="globex") as other:
        refused = (await run(other, "bulk_operation", given))[-1]
    assert refused["error"]["message"] == "There is no such manifest."
    async with socket(runner) as c:
        frames = await run(c, "bulk_operation", given)
    check_stream(frames)
    result = frames[-1]["result"]
    assert result.items() >= {"processed": 799, "failed": 1, "total": 800}.items()
    assert [(each["n"], each["code"]) for each in result["failures"]] == [(8, "INVALID_ITEM")]
    assert [record["tags"] for record in of(runner, "list-").values()] == [{"seen"}] * 799


async def test_a27_a_cancelled_operation_begins_no_further_batch(runner: Runner) -> None:
    async with socket(runner) as c:
        request_id = await send_large(c, "bulk_operation", put("cut-", 1500, batch_size=10))
        while (await receive(c)).get("stage") != "Apply the batches":
            pass
        await send(c, "cancel", {"request_id": request_id}, id="cancel-33")
        while (frame := await receive(c))["type"] != "error":
            pass
        assert frame["error"]["code"] == "CANCELLED"
        await run(c, "bulk_operation", put("after-", 100))  # the workers are free again
    assert 0 < len(of(runner, "cut-")) < 1500


async def test_a29_bad_items_start_nothing(runner: Runner) -> None:
    async with socket(runner) as c:
        frame = await ask(c, "bulk_operation", {"operation": "put", "items": [{"id": "a"}]})
    assert frame["error"]["code"] == "VALIDATION_ERROR"
    assert frame["error"]["details"] == [{"path": "$.payload.items[0].fields", "message": "put needs fields"}]
