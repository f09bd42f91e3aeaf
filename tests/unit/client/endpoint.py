"""A small server for the client's tests: stands for what is beyond our process, and says what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Answer = Callable[[dict[str, Any]], Iterator[Any]]


def frame(kind: str, request: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a frame of a request."""
    return {"type": kind, "request_id": request["id"], "timestamp": 1.0, **fields}


def acknowledgment(request: dict[str, Any]) -> dict[str, Any]:
    """Return a job's first frame."""
    return frame("acknowledgment", request, seq=0, action=request["action"], estimate_seconds=9.0)


def progress(request: dict[str, Any], seq: int, **fields: Any) -> dict[str, Any]:
    """Return a progress frame that has a tenth of a percent per number."""
    usual = {
        "percentage": seq * 10,
        "message": f"step {seq}",
        "stage": "query",
        "attempt": 1,
        "status": "running",
    }
    return frame("progress", request, seq=seq, **(usual | fields))


def complete(request: dict[str, Any], seq: int, result: Any, success: bool = True) -> dict[str, Any]:
    """Return a job's last frame."""
    return frame("complete", request, seq=seq, success=success, result=result)


@asynccontextmanager
async def endpoint(
    answer: Answer, token: str = "secret", status: HTTPStatus | None = None
) -> AsyncIterator[str]:
    """Serve on a free port; yield the URL.

    Each request gets what `answer` yields: dicts as JSON, strings as they are, an int as a close code.
    A handshake without the token is refused with 401, every handshake with `status` where there is one.
    """

    def check(connection: ServerConnection, request: Request) -> Response | None:
        if status:
            return connection.respond(status, "")
        if request.headers.get("Authorization") != f"Bearer {token}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        return None

    async def reply(connection: ServerConnection, message: str | bytes) -> None:
        for said in answer(json.loads(message)):
            if isinstance(said, int):
                await connection.close(said)
                return
            await connection.send(said if isinstance(said, str) else json.dumps(said))
            await asyncio.sleep(0)  # lets concurrent answers interleave

    async def handler(connection: ServerConnection) -> None:
        try:
            async with asyncio.TaskGroup() as replies:
                async for message in connection:
                    replies.create_task(reply(connection, message))
        except* ConnectionClosed:
            pass

    async with serve(handler, "127.0.0.1", 0, process_request=check) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/live"
