"""echo_async as a client sees it, over a real socket."""

import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from demo.runner_process import Runner
from tests.e2e.conftest import s3_of
from tests.e2e.sockets import check_stream, follow, receive, run, socket


async def send(connection: ClientConnection, payload: Any, request_id: str) -> None:
    """Send a message of several frames: one may have 32 KB."""
    text = json.dumps({"action": "echo_async", "id": request_id, "payload": payload})
    await connection.send([text[at : at + 32_000] for at in range(0, len(text), 32_000)])


@pytest.mark.parametrize(
    ("payload", "size"),
    [({"hello": "wörld"}, 18), ([1, [2**53]], 22), ("", 2), (None, 4), ({"$claim": "x"}, 14)],
)
async def test_a35_echo_async_gives_the_payload_back(payload: Any, size: int, shipped: Runner) -> None:
    async with socket(shipped) as c:
        frames = await run(c, "echo_async", payload)
    check_stream(frames)
    assert [(each["stage"], each["percentage"], each["message"]) for each in frames[1:-1]] == [
        ("Receive the payload", 0, "Started"),
        ("Receive the payload", 50, f"Received {size} bytes"),
        ("Return the payload", 50, "Started"),
        ("Return the payload", 100, "Complete"),
    ]
    assert frames[-1]["result"] == {"echo": payload}


async def test_a35_a_large_payload_travels_by_claim(shipped: Runner) -> None:
    payload = {"rows": ["x" * 1000] * 60}
    async with socket(shipped) as c:
        await send(c, payload, "row-35-large")
        frames = await follow(c, "row-35-large")
    assert frames[-1]["result"] == {"echo": payload}
    listed = s3_of(shipped).list_objects_v2(Bucket=shipped.bucket, Prefix="work/acme/row-35-large/")
    names = [found["Key"].rsplit("/", 1)[1].split(" ")[0] for found in listed["Contents"]]
    assert names == ["Receive", "payload"]  # what the first stage handed on, and what the client sent


async def test_a35_a_payload_that_could_not_come_back_starts_nothing(shipped: Runner) -> None:
    async with socket(shipped) as c:
        await send(c, "x" * 70_000, "row-35-larger")
        frame = await receive(c)
    assert frame["error"]["code"] == "VALIDATION_ERROR"
    (fault,) = frame["error"]["details"]
    assert "64 KB" in fault["message"]
