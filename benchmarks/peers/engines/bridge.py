"""A WebSocket before an engine, which has none: our frames, of what the engine tells.

Run by the engines' own Python, not by ours. `load` starts a job and follows it, `resume` follows one again.
"""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

STAGES, UPDATES = 3, 20
# Starts a job whose updates are so many seconds apart; yields the numbers of its updates until it ends.
Start = Callable[[str, float], Awaitable[None]]
Follow = Callable[[str], AsyncIterator[int]]


async def run(ready: Path, start: Start, follow: Follow) -> None:
    """Serve on a free port, which is written to `ready`, until SIGTERM."""

    async def tell(socket: ServerConnection, job: str) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for number in follow(job):
                await socket.send(json.dumps({"type": "progress", "request_id": job, "number": number}))
            await socket.send(json.dumps({"type": "complete", "request_id": job}))

    async def session(socket: ServerConnection) -> None:
        async with asyncio.TaskGroup() as followers:
            async for message in socket:
                asked = json.loads(message)
                job = asked["id"]
                if asked["action"] == "load":
                    followers.create_task(begin(socket, job, (asked.get("payload") or {}).get("pace", 0)))
                else:
                    followers.create_task(tell(socket, job))

    async def begin(socket: ServerConnection, job: str, pace: float) -> None:
        following = asyncio.create_task(tell_later(socket, job, began := asyncio.Event()))
        await start(job, pace)
        await socket.send(json.dumps({"type": "acknowledgment", "request_id": job}))
        began.set()
        await following

    async def tell_later(socket: ServerConnection, job: str, began: asyncio.Event) -> None:
        await began.wait()
        await tell(socket, job)

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serve(session, "127.0.0.1", 0, compression=None) as server:
        draft = ready.with_suffix(".draft")
        draft.write_text(str(server.sockets[0].getsockname()[1]))
        draft.rename(ready)
        await ended.wait()
