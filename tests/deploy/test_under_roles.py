"""Row 62: what is deployed does under its own roles what it does locally, and no more than they grant."""

import asyncio
import json
from typing import Any

import pytest

from demo import flights
from streamer.client.errors import ConnectionRefused
from tests.deploy.deployed import PATIENCE, Stack
from tests.deploy.looking import (
    Frame,
    check,
    end_workers,
    execution,
    fetch,
    history,
    run,
    until,
    without_rights,
)
from tests.deploy.test_deploy import load

DAYS_OF_WORK = 15  # each a month's flights: a worker reads them for seconds, and is met at its work
DAYS = {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "csv"}


async def test_a62_a_connection_has_a_row_while_it_is_open(stack: Stack) -> None:
    table, dynamodb = stack.named("ConnectionsTable"), stack.aws("dynamodb")

    def rows() -> list[str]:
        return [item["tenant"]["S"] for item in dynamodb.scan(TableName=table)["Items"] if visits(item)]

    def visits(item: dict[str, Any]) -> bool:
        return bool(item["user"]["S"] == "visitor")

    async with stack.client("visitor") as client:
        assert await client.request("echo", {"n": 1}, timeout=PATIENCE) == {"echo": {"n": 1}}
        assert rows() == ["acme"]
    await until(lambda: not rows())


async def test_a62_an_expired_token_is_refused(stack: Stack) -> None:
    with pytest.raises(ConnectionRefused) as refused:
        async with stack.client(seconds=-3600):
            pass
    assert refused.value.status is not None  # 401 on AWS; 500 here, as for whatever an authorizer raises


async def test_a62_a_stage_whose_worker_dies_is_tried_again(stack: Stack) -> None:
    frames: list[Frame] = []
    body = flights.january_csv()
    for day in range(1, DAYS_OF_WORK + 1):
        key = f"records/date=2014-03-{day:02}/flights.csv"
        stack.aws("s3").put_object(Bucket=stack.bucket, Key=key, Body=body)
    days = {"start_date": "2014-03-01", "end_date": "2014-03-31", "format": "csv"}
    async with stack.client() as client, asyncio.timeout(PATIENCE):
        async for frame in client.stream("generate_report", days, request_id="dies"):
            frames.append(dict(frame))
            if (frame.get("stage"), frame.get("message")) == ("Query the records", "Started"):
                end_workers(stack, "QueryFunction")
    check(frames)
    assert frames[-1]["type"] == "complete"
    assert {frame["attempt"] for frame in frames if frame["type"] == "progress"} == {1, 2}
    failed = history(stack, "GenerateReport", "dies", "TaskFailed")
    assert [each["error"] for each in failed] == ["Runtime.ExitError"]


async def test_a62_a_permanent_failure(stack: Stack) -> None:
    source = {"source": {"bucket_key": "uploads/acme/nothing.csv"}}
    payload = source | {"format": "csv", "pipeline": [{"filter": "True"}], "output": {"format": "csv"}}
    frames = await run(stack, "process_data", payload, "permanent")
    assert frames[-1]["error"]["code"] == "PROCESSING_FAILED"
    assert "no such" in frames[-1]["error"]["message"]
    assert [each["error"] for each in history(stack, "ProcessData", "permanent", "TaskFailed")] == [
        "PermanentError"
    ]
    assert execution(stack, "ProcessData", "permanent")["status"] == "FAILED"


async def test_a62_a_cancel(stack: Stack) -> None:
    frames: list[Frame] = []
    async with stack.client() as client, asyncio.timeout(PATIENCE):
        async for frame in client.stream("delay", {"seconds": 100, "steps": 50}, request_id="cancelled"):
            frames.append(dict(frame))
            if len(frames) == 3:
                assert await client.cancel("cancelled") == "cancelled"
        assert (await client.status("cancelled"))["status"] == "CANCELLED"
    check(frames)
    assert frames[-1]["error"]["code"] == "CANCELLED"
    await until(lambda: execution(stack, "Delay", "cancelled")["status"] == "ABORTED")


async def test_a62_an_execution_that_is_stopped_ends_its_job(stack: Stack) -> None:
    """The engine's event finds the rule, the rule its function, and the function's word the client."""
    frames: list[Frame] = []
    async with stack.client() as client, asyncio.timeout(PATIENCE):
        async for frame in client.stream("delay", {"seconds": 100, "steps": 50}, request_id="stopped"):
            frames.append(dict(frame))
            if len(frames) == 3:
                arn = execution(stack, "Delay", "stopped")["executionArn"]
                stack.aws("stepfunctions").stop_execution(executionArn=arn)
    check(frames)
    assert frames[-1]["error"]["code"] == "CANCELLED"


async def test_a62_an_approval(stack: Stack) -> None:
    records, _ = load(stack)
    frames: list[Frame] = []
    payload = {"report": DAYS, "approvers": ["grace"]}
    async with stack.client() as client, stack.client("grace") as grace, asyncio.timeout(PATIENCE):
        async for frame in client.stream("approve_report", payload, request_id="approved"):
            frames.append(dict(frame))
            if frame["type"] == "progress" and frame.get("metadata", {}).get("waiting_for"):
                decision = {"request_id": "approved", "decision": "approve"}
                assert await grace.request("approve", decision) == decision
    check(frames)
    result = frames[-1]["result"]
    assert (result["records"], result["decision"]["by"]) == (records, "grace")
    assert len(fetch(result["url"])) == result["size"]


async def test_a62_a_bulk_operation(stack: Stack) -> None:
    items = [{"id": f"bulk-{n}", "fields": {"n": n}} for n in range(60)]
    once = {"operation": "put", "items": items, "if": {"exists": False}, "tolerated_failure_percentage": 100}
    first = await run(stack, "bulk_operation", once | {"items": items[:10]}, "bulk-1")
    assert first[-1]["result"].items() >= {"success": True, "processed": 10, "failed": 0}.items()
    again = await run(stack, "bulk_operation", once, "bulk-2")
    assert again[-1]["result"].items() >= {"success": False, "processed": 50, "failed": 10}.items()

    report = [json.loads(line) for line in fetch(again[-1]["result"]["report_url"]).splitlines()]
    assert [line["id"] for line in report if not line["processed"]] == [f"bulk-{n}" for n in range(10)]
    stored = stack.aws("dynamodb").scan(TableName=stack.named("RecordsTable"))["Items"]
    assert sorted(int(item["n"]["N"]) for item in stored) == list(range(60))


async def test_a62_what_a_role_does_not_grant_is_refused(stack: Stack) -> None:
    """Without the right to the data bucket a report fails, and its job ends as failed jobs do."""
    load(stack)
    with without_rights(stack, "QueryFunction", "s3:"):
        frames = await run(stack, "generate_report", DAYS | {"end_date": "2013-01-31"}, "forbidden")
    assert frames[-1]["error"]["code"] == "PROCESSING_FAILED"
    (failed,) = history(stack, "GenerateReport", "forbidden", "TaskFailed")
    assert "AccessDenied" in failed["cause"]
