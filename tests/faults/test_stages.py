"""Rows 37 to 46 over real sockets and processes: stages that stumble, hang, die."""

import asyncio
import json
import time
from typing import Any

from mypy_boto3_dynamodb.service_resource import Table
from mypy_boto3_s3 import S3Client

from demo.runner_process import Runner
from tests.e2e.sockets import ask, check_stream, receive, run, send, socket


def times(s3: S3Client, runner: Runner, request_id: str, item: int) -> int:
    """Return how often an item was worked on, as the work noted it in S3."""
    prefix = f"notes/{request_id}/item-{item}/"
    return s3.list_objects_v2(Bucket=runner.bucket, Prefix=prefix)["KeyCount"]


async def test_a37_at_most_ten_progress_frames_a_second(runner: Runner) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 300, "seconds": 0.001, "burst": 1000})
    check_stream(frames)
    sent = [frame["timestamp"] for frame in frames if frame["type"] == "progress"]
    for start in sent:
        assert sum(start <= at < start + 0.999 for at in sent) <= 10


async def test_a38_after_a_burst_and_silence_the_last_value_is_seen(runner: Runner) -> None:
    async with socket(runner) as c:
        await send(c, "trouble", {"items": 1, "burst": 3, "silence": 2})
        arrived: dict[str, float] = {}
        while (frame := await receive(c))["type"] != "complete":
            arrived.setdefault(frame.get("message", "acknowledgment"), time.monotonic())
    assert "burst 1" not in arrived
    assert arrived["1 of 1"] - arrived["burst 2"] > 1  # it came at once, and not when the silence ended


async def test_a39_what_is_pending_is_sent_before_the_next_stage(runner: Runner) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 40, "seconds": 0.001})
    told = [(frame["stage"], frame["message"]) for frame in frames[1:-1]]
    assert told.index(("Do the work", "40 of 40")) < told.index(("Finish the work", "Started"))


async def test_a40_a_transient_error_is_a_retry_to_the_client(runner: Runner, s3: S3Client) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 6, "seconds": 0.3, "transient_at": 5}, id="row-40")
    check_stream(frames)
    assert [frame["type"] for frame in frames].count("complete") == 1
    assert "error" not in [frame["type"] for frame in frames]
    retrying = [frame for frame in frames if frame.get("status") == "retrying"]
    assert [frame["attempt"] for frame in retrying] == [2]
    assert frames[-1]["result"]["done"] == list(range(6))
    assert times(s3, runner, "row-40", 0) == 1  # it went on at the checkpoint


async def test_a41_a_permanent_error_is_final(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"permanent_at": 2}, id="row-41")
    check_stream(frames)
    assert frames[-1]["error"]["code"] == "PROCESSING_FAILED"
    assert frames[-1]["error"]["message"] == "This cannot work."
    assert {frame["attempt"] for frame in frames[1:-1]} == {1}
    row = jobs.get_item(Key={"pk": "acme#row-41", "sk": "job"})["Item"]
    assert row["status"] == "FAILED"
    assert "This cannot work." in str(row["cause"])


async def test_a41_a_bug_in_a_step_is_final_and_tells_the_client_nothing(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"bug_at": 2}, id="row-41b")
    assert frames[-1]["error"]["code"] == "PROCESSING_FAILED"
    assert "hunter2" not in str(frames)
    row = jobs.get_item(Key={"pk": "acme#row-41b", "sk": "job"})["Item"]
    assert "hunter2" in str(row["cause"])


async def test_a42_a_stage_that_hangs_times_out_with_what_it_had(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c:
        request_id = await send(c, "trouble", {"items": 4, "seconds": 0.6, "hang_at": 3}, id="row-42")
        frames = [await receive(c)]
        while frames[-1]["type"] not in {"complete", "error"}:
            frames.append(await receive(c, 60))
    check_stream(frames)
    assert {frame["request_id"] for frame in frames} == {request_id}
    assert frames[-1]["error"]["code"] == "TIMEOUT"
    partial = frames[-1]["partial"]
    assert partial["stage"] == "Do the work"
    assert partial["completed_stages"] == []
    assert partial["checkpoint"]["done"] >= 2
    assert partial["percentage"] == max(frame["percentage"] for frame in frames[1:-1])
    row = jobs.get_item(Key={"pk": "acme#row-42", "sk": "job"})["Item"]
    assert row["status"] == "FAILED"


async def test_a51_work_longer_than_its_functions_time_completes(runner: Runner, s3: S3Client) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 16, "seconds": 0.4}, id="row-51")  # 6.4 s in 3 s functions
    check_stream(frames)
    assert frames[-1]["result"]["done"] == list(range(16))
    assert max(frame["attempt"] for frame in frames[1:-1]) >= 3
    assert [times(s3, runner, "row-51", item) for item in range(16)] == [1] * 16


async def test_a44_a_killed_step_goes_on_at_its_checkpoint(runner: Runner, s3: S3Client) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 8, "seconds": 0.25, "die_at": 7}, id="row-44")
    check_stream(frames)
    assert frames[-1]["type"] == "complete"
    assert frames[-1]["result"]["done"] == list(range(8))
    assert times(s3, runner, "row-44", 0) == 1
    assert sum(times(s3, runner, "row-44", item) for item in range(8)) < 8 + 5


async def test_a46_a_client_that_is_gone_stops_nothing(runner: Runner, jobs: Table, connected: Table) -> None:
    async with socket(runner) as c:
        await send(c, "trouble", {"items": 20, "seconds": 0.1}, id="row-46")
        while (await receive(c))["type"] != "progress":
            pass
        c.transport.abort()
    async with socket(runner) as c, asyncio.timeout(30):
        while (await ask(c, "status", {"request_id": "row-46"}))["data"]["status"] == "RUNNING":
            await asyncio.sleep(0.05)
    row = jobs.get_item(Key={"pk": "acme#row-46", "sk": "job"})["Item"]
    assert row["status"] == "COMPLETED"
    assert "connections" not in row


async def test_a36_the_log_is_what_the_client_got(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 30, "seconds": 0.02, "transient_at": 20}, id="row-36")
    items: list[Any] = jobs.query(
        KeyConditionExpression="pk = :pk AND begins_with(sk, :frame)",
        ExpressionAttributeValues={":pk": "acme#row-36", ":frame": "frame#"},
    )["Items"]

    assert [json.loads(item["frame"]) for item in items] == frames[1:]
