"""Rows 11 to 25: requests, good, bad and repeated, over real sockets."""

import asyncio
import json

import pytest
from mypy_boto3_s3 import S3Client
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from demo.runner_process import Runner
from tests.e2e.sockets import Frame, ask, check_stream, follow, poll, receive, run, send, socket


@pytest.mark.parametrize("payload", [None, 2**53 + 1, {"deep": [{"er": "ü"}]}, "x" * 20_000])
async def test_a11_echo(payload: object, runner: Runner) -> None:
    async with socket(runner) as c:
        frame = await ask(c, "echo", payload, id="e-1")
    assert frame["type"] == "response"
    assert frame["request_id"] == "e-1"
    assert frame["data"] == {"echo": payload}


async def test_a12_health(runner: Runner) -> None:
    async with socket(runner) as c:
        assert {"status", "version", "timestamp"} <= (await ask(c, "health"))["data"].keys()


@pytest.mark.parametrize(
    "text", ["", "not json", "[1]", "null", '{"action": 1}', "[" * 15_000 + "]" * 15_000], ids=range(6)
)
async def test_a13_a_bad_frame_leaves_the_connection_usable(text: str, runner: Runner) -> None:
    async with socket(runner) as c:
        await c.send(text)
        assert (await receive(c))["error"]["code"] == "VALIDATION_ERROR"
        assert (await ask(c, "echo", "still here"))["data"] == {"echo": "still here"}


async def test_a13_a_binary_frame_is_refused_as_api_gateway_does(runner: Runner) -> None:
    async with socket(runner) as c:
        await c.send(b"\x00")
        with pytest.raises(ConnectionClosed) as closed:
            await receive(c)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1003


async def test_a14_unknown_actions(runner: Runner) -> None:
    async with socket(runner) as c:
        error = (await ask(c, "nothing"))["error"]
    assert error["code"] == "INVALID_ACTION"
    assert "generate_report" in error["details"]["available"]


async def test_a15_all_faults_at_once(runner: Runner) -> None:
    async with socket(runner) as c:
        await c.send(json.dumps({"action": "", "id": "a b", "metadata": 1}))
        error = (await receive(c))["error"]
    assert [fault["path"] for fault in error["details"]] == ["$.action", "$.id", "$.metadata"]


async def test_a16_ids_are_made_for_concurrent_requests(runner: Runner) -> None:
    async with socket(runner) as c:
        for _ in range(200):
            await c.send('{"action": "echo"}')
        ids = {(await receive(c))["request_id"] for _ in range(200)}
    assert len(ids) == 200


async def test_a17_a_handler_that_raises_tells_the_client_nothing(runner: Runner) -> None:
    async with socket(runner) as c:
        frame = await ask(c, "explode", id="row-17")
        assert (await ask(c, "echo"))["type"] == "response"
    assert frame["request_id"] == "row-17"
    assert frame["error"] == {"code": "INTERNAL_ERROR", "message": "Something went wrong on our side."}
    log = await asyncio.to_thread(poll, lambda: "hunter2" in (text := runner.log.read_text()) and text)
    assert "row-17" in log


async def test_a18_the_estimate_of_the_payload_decides(runner: Runner) -> None:
    async with socket(runner) as c:
        assert (await ask(c, "weigh", {"seconds": 5.0}))["type"] == "response"
        frames = await run(c, "weigh", {"seconds": 5.001})
    assert frames[0]["type"] == "acknowledgment"
    assert frames[0]["estimate_seconds"] == 5.001
    assert frames[-1]["type"] == "complete"


async def test_a19_one_acknowledgment_then_progress(runner: Runner) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 3})
    assert [frame["type"] for frame in frames].count("acknowledgment") == 1
    assert frames[1]["type"] == "progress"
    check_stream(frames)


async def test_a21_metadata_reaches_the_step_and_forges_nothing(runner: Runner) -> None:
    metadata = {"trace": "t-9", "tenant_id": "globex", "tenant": "globex", "user_id": "eve"}
    async with socket(runner) as c:
        result = (await run(c, "trouble", {"items": 1}, metadata=metadata, tenant="globex"))[-1]["result"]
    assert result["tenant"] == "acme"
    assert result["metadata"] == metadata


async def test_a22_a_message_over_the_limits_closes_the_connection(runner: Runner) -> None:
    async with socket(runner) as c:
        await c.send(json.dumps({"action": "echo", "payload": "x" * 33_000}))
        with pytest.raises(ConnectionClosed) as closed:
            await receive(c)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1009
    text = json.dumps({"action": "echo", "payload": "x" * 132_000})
    async with socket(runner) as c:
        with pytest.raises(ConnectionClosed) as closed:
            await c.send(text[start : start + 16_000] for start in range(0, len(text), 16_000))
            await receive(c)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1009
    async with socket(runner) as c:  # large, but within both limits
        text = json.dumps({"action": "echo", "payload": "x" * 60_000})
        await c.send(text[start : start + 16_000] for start in range(0, len(text), 16_000))
        assert len((await receive(c))["data"]["echo"]) == 60_000


def by_seq(frame: Frame) -> int:
    seq: int = frame["seq"]
    return seq


async def whole(connection: ClientConnection, request_id: str) -> list[Frame]:
    """Return a job's frames; its end may overtake its acknowledgment."""
    frames = await follow(connection, request_id)
    return frames if frames[0]["type"] == "acknowledgment" else [await receive(connection), *frames]


async def test_a23_the_same_request_twice_is_one_job_for_both(runner: Runner, s3: S3Client) -> None:
    async with socket(runner) as one, socket(runner) as two:
        payload = {"items": 10, "seconds": 0.05}
        await asyncio.gather(
            send(one, "trouble", payload, id="same-23"), send(two, "trouble", payload, id="same-23")
        )
        first, second = await asyncio.gather(whole(one, "same-23"), whole(two, "same-23"))
    assert first[0] == second[0]
    assert first[-1] == second[-1]
    # Whoever came second follows from then on; what both got is the whole stream of one job.
    check_stream([*{frame["seq"]: frame for frame in sorted([*first, *second], key=by_seq)}.values()])
    assert first[-1]["result"]["done"] == list(range(10))
    listed = s3.list_objects_v2(Bucket=runner.bucket, Prefix="notes/same-23/")
    assert listed["KeyCount"] == 10  # every item once


async def test_a25_the_same_id_in_two_tenants(runner: Runner) -> None:
    async with socket(runner) as acme, socket(runner, tenant="globex", user="gus") as globex:
        await asyncio.gather(
            send(acme, "trouble", {"items": 2}, id="same-25"),
            send(globex, "trouble", {"items": 3}, id="same-25"),
        )
        ours, theirs = await asyncio.gather(follow(acme, "same-25"), follow(globex, "same-25"))
    assert (ours[-1]["result"]["tenant"], len(ours[-1]["result"]["done"])) == ("acme", 2)
    assert (theirs[-1]["result"]["tenant"], len(theirs[-1]["result"]["done"])) == ("globex", 3)
    check_stream(ours)
    check_stream(theirs)
