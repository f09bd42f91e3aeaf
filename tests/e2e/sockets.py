"""A bare WebSocket to the runner: these tests look at frames, not at our client's view of them."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from demo.runner_process import Runner
from streamer.local.identity import mint

Frame = dict[str, Any]
LARGEST_FRAME = 32 * 1024
PATIENCE = 2.0  # seconds
TERMINAL = {"complete", "error", "response"}


def token(
    runner: Runner, tenant: str = "acme", user: str = "ada", seconds: int = 3600, permissions: str = ""
) -> str:
    return mint(runner.state_dir, tenant, user, seconds, permissions=permissions)


@asynccontextmanager
async def socket(
    runner: Runner, tenant: str = "acme", user: str = "ada", permissions: str = ""
) -> AsyncIterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {token(runner, tenant, user, permissions=permissions)}"}
    async with connect(runner.ws_url, additional_headers=headers, compression=None) as connection:
        yield connection


async def send(connection: ClientConnection, action: str, payload: Any = None, **more: Any) -> str:
    """Send a request; return its id."""
    request_id: str = more.pop("id", None) or uuid.uuid4().hex
    await connection.send(json.dumps({"action": action, "id": request_id, "payload": payload, **more}))
    return request_id


async def send_large(connection: ClientConnection, action: str, payload: Any) -> str:
    """Send a request of over 32 KB, as a message of several frames; return its id."""
    request_id = uuid.uuid4().hex
    text = json.dumps({"action": action, "id": request_id, "payload": payload})
    await connection.send([text[at : at + LARGEST_FRAME] for at in range(0, len(text), LARGEST_FRAME)])
    return request_id


async def receive(connection: ClientConnection, seconds: float = 30) -> Frame:
    frame: Frame = json.loads(await asyncio.wait_for(connection.recv(), seconds))
    return frame


async def ask(connection: ClientConnection, action: str, payload: Any = None, **more: Any) -> Frame:
    """Send a request and return the next frame."""
    await send(connection, action, payload, **more)
    return await receive(connection)


async def follow(connection: ClientConnection, request_id: str, seconds: float = 60) -> list[Frame]:
    """Return one job's frames up to its last, in the order of `seq`.

    They may come in another, and a worker that is killed takes its last pushes with it: what is missing then
    is asked for, as a client does.
    """
    frames: dict[int, Frame] = {}
    asked = ""
    async with asyncio.timeout(seconds):
        while not (ended := any(frame["type"] in TERMINAL for frame in frames.values())) or _missing(frames):
            try:
                frame = await receive(connection, PATIENCE if ended else seconds)
            except TimeoutError:
                after = {"request_id": request_id, "seq": min(_missing(frames)) - 1}
                asked = await send(connection, "resume", after)
                continue
            if frame["request_id"] == request_id:
                frames[frame.get("seq", 0)] = frame
            elif frame["request_id"] == asked:
                frames |= {each["seq"]: each for each in frame["data"]["frames"]}
    return [frames[number] for number in sorted(frames)]


def _missing(frames: dict[int, Frame]) -> set[int]:
    return set(range(min(frames), max(frames))) - set(frames)


async def run(connection: ClientConnection, action: str, payload: Any = None, **more: Any) -> list[Frame]:
    """Send a request and return all of its frames."""
    return await follow(connection, await send(connection, action, payload, **more))


def poll(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """Return what `condition` returns once it is true.

    Raises:
        TimeoutError: it was not in time.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not come true")
        time.sleep(0.02)
    return value


def check_stream(frames: list[Frame]) -> None:
    """Assert what holds for every job's whole stream (row 36)."""
    # The acknowledgment is an answer, the others are pushes, which may overtake it (docs/protocol.md).
    frames = sorted(frames, key=lambda frame: bool(frame["type"] != "acknowledgment"))
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))
    assert frames[0]["type"] == "acknowledgment"
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert percentages == sorted(percentages)
    assert all(0 <= percentage <= 100 for percentage in percentages)
    assert [frame["type"] for frame in frames[1:-1]] == ["progress"] * (len(frames) - 2)
    assert frames[-1]["type"] in {"complete", "error"}
    assert percentages.count(100) == (frames[-1]["type"] == "complete")
    if frames[-1]["type"] == "complete":
        assert frames[-2]["percentage"] == 100
