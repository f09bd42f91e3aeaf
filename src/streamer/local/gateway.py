"""API Gateway's WebSocket API: authorizer, routes, route responses, `@connections`, and its limits.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from socket import socket
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from streamer.local import events
from streamer.local.authorizer import Refused, read_decision
from streamer.local.events import Caller, Event
from streamer.local.lambdas import Lambdas
from streamer.local.resources import Api
from streamer.local.runtime_api import Outcome

MESSAGE_BYTES = 128 * 1024
FRAME_BYTES = 32 * 1024

_CLOSE_SECONDS = 1
_FAREWELL_SECONDS = 0.5
_NO_STATUS = 1005


@dataclass(frozen=True)
class Limits:
    """API Gateway's time limits, in seconds."""

    idle: float = 10 * 60
    life: float = 2 * 3600
    integration: float = 29


class Gone(LookupError):  # noqa: N818 — the event's name
    """No open connection has this id."""


class TooLarge(ValueError):  # noqa: N818 — the event's name
    """A message of more than MESSAGE_BYTES."""


class _Failed(Exception):  # noqa: N818 — the event's name
    """There is no answer for the client; the message is what API Gateway says instead."""


@dataclass
class _Connection:
    caller: Caller
    socket: ServerConnection
    active_at: float
    subprotocol: str | None = None


class Gateway:
    """Serves one WebSocket API. Its methods are for the event loop that started it."""

    def __init__(self, api: Api, lambdas: Lambdas, limits: Limits) -> None:
        self._api, self._lambdas, self._limits = api, lambdas, limits
        # Handshakes that $connect accepted, and connections that are open: only those can be posted to.
        self._accepted: dict[ServerConnection, _Connection] = {}
        self._open: dict[str, _Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells: set[asyncio.Task[None]] = set()
        self._server: Server | None = None

    async def start(self, sock: socket) -> None:
        """Accept connections on `sock`."""
        self._server = await serve(
            self._session,
            sock=sock,
            process_request=self._handshake,
            select_subprotocol=self._subprotocol,
            max_size=(MESSAGE_BYTES, FRAME_BYTES),
            open_timeout=2 * self._limits.integration + 1,
            close_timeout=_CLOSE_SECONDS,
            # API Gateway neither compresses nor pings.
            compression=None,
            ping_interval=None,
            server_header=None,
        )

    async def close(self) -> None:
        """Close all connections with 1001 and let $disconnect run for a moment."""
        if self._server:
            self._server.close()
            # A handshake may wait for its functions for longer than anybody waits for the end.
            await asyncio.wait({asyncio.create_task(self._server.wait_closed())}, timeout=_CLOSE_SECONDS)
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=_FAREWELL_SECONDS)
        for task in self._tasks | self._farewells:
            task.cancel()

    async def post(self, connection_id: str, data: bytes) -> None:
        """Send a message to a client. Raises Gone, TooLarge."""
        connection = self._find(connection_id)
        if len(data) > MESSAGE_BYTES:
            raise TooLarge
        try:
            await self._send(connection, data.decode(errors="replace"))
        except ConnectionClosed:
            raise Gone(connection_id) from None

    async def describe(self, connection_id: str) -> dict[str, Any]:
        """Return what API Gateway tells about a connection. Raises Gone."""
        connection = self._find(connection_id)
        return {
            "connectedAt": _iso(connection.caller.connected_at),
            "identity": {
                "sourceIp": connection.caller.source_ip,
                "userAgent": connection.caller.user_agent or "",
            },
            "lastActiveAt": _iso(connection.active_at),
        }

    async def disconnect(self, connection_id: str) -> None:
        """Close a connection. Raises Gone."""
        connection = self._find(connection_id)
        del self._open[connection_id]
        self._spawn(connection.socket.close(1000))

    # The handshake -----------------------------------------------------------------------------------

    async def _handshake(self, ws: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" not in request.headers:
            return None  # websockets refuses it, and no function need know
        caller = Caller(self._api, request.path, list(request.headers.raw_items()), ws.remote_address[0])
        try:
            if urlsplit(request.path).path.strip("/") != self._api.stage:
                raise Refused(403)
            await self._authorize(caller)
            connection = _Connection(caller, ws, caller.connected_at)
            connection.subprotocol = await self._connect(caller)
        except Refused as refused:
            return _refuse(refused.status, caller)
        self._accepted[ws] = connection
        # Waiting here, not in the session, covers a client that leaves before the handshake's end.
        self._spawn(self._farewell(connection), self._farewells)
        return None

    async def _authorize(self, caller: Caller) -> None:
        if self._api.authorizer is None:
            return
        if not all(caller.identifies(source) for source in self._api.identity_sources):
            raise Refused(401)
        try:
            outcome = await self._invoke(self._api.authorizer, events.authorize(caller))
        except _Failed:
            raise Refused(500) from None
        caller.authorizer = read_decision(outcome, caller.method_arn)

    async def _connect(self, caller: Caller) -> str | None:
        """Run the $connect route and return the subprotocol that it selects."""
        route = self._api.routes.get("$connect")
        if route is None:
            return None
        try:
            answer = _answer(await self._invoke(route.function, events.connect(caller)))
        except _Failed:
            raise Refused(500) from None
        status = answer["statusCode"] if answer else 500
        if not 200 <= status < 300:
            raise Refused(status if 400 <= status < 500 else 500)
        headers = {name.lower(): value for name, value in ((answer or {}).get("headers") or {}).items()}
        return headers.get("sec-websocket-protocol")

    def _subprotocol(self, ws: ServerConnection, _: Sequence[Subprotocol]) -> Subprotocol | None:
        chosen = self._accepted[ws].subprotocol
        return Subprotocol(chosen) if chosen else None

    # The connection ----------------------------------------------------------------------------------

    async def _session(self, ws: ServerConnection) -> None:
        connection = self._accepted[ws]
        connection.active_at = time.time()
        self._open[connection.caller.id] = connection
        expiry = asyncio.create_task(self._expire(connection))
        try:
            async for message in ws:
                connection.active_at = time.time()
                if isinstance(message, bytes):
                    await ws.close(1003, "Binary is not supported")
                else:
                    # At once, not in turn: API Gateway does not wait for an answer either.
                    self._spawn(self._dispatch(connection, message))
        except ConnectionClosed:
            pass
        finally:
            expiry.cancel()
            self._open.pop(connection.caller.id, None)

    async def _expire(self, connection: _Connection) -> None:
        end = connection.caller.connected_at + self._limits.life
        while (left := min(end, connection.active_at + self._limits.idle) - time.time()) > 0:
            await asyncio.sleep(left)
        await connection.socket.close(1001, "Going away")

    async def _dispatch(self, connection: _Connection, body: str) -> None:
        key = events.select_route(self._api, body)
        event = events.message(connection.caller, key or "", body)
        try:
            text = await self._answer_of(key, event)
        except _Failed as failed:
            request_id = event["requestContext"]["requestId"]
            text = events.refusal(str(failed), connection.caller.id, request_id)
        if text:
            with contextlib.suppress(ConnectionClosed):
                await self._send(connection, text)

    async def _answer_of(self, key: str | None, event: Event) -> str | None:
        """Return what the route sends back, if anything. Raises _Failed."""
        if key is None:
            raise _Failed("Forbidden")
        route = self._api.routes[key]
        answer = _answer(await self._invoke(route.function, event))
        if answer is None:
            raise _Failed("Internal server error")
        body = answer.get("body")
        return body if route.responds and isinstance(body, str) else None

    async def _farewell(self, connection: _Connection) -> None:
        ws = connection.socket
        await ws.wait_closed()
        del self._accepted[ws]
        route = self._api.routes.get("$disconnect")
        if route:
            event = events.disconnect(connection.caller, ws.close_code or _NO_STATUS, ws.close_reason or "")
            with contextlib.suppress(_Failed):
                await self._invoke(route.function, event)

    async def _send(self, connection: _Connection, text: str) -> None:
        await connection.socket.send(text)
        connection.active_at = time.time()

    async def _invoke(self, function: str, event: Event) -> Outcome:
        outcome = asyncio.wrap_future(self._lambdas.invoke(function, json.dumps(event).encode()))
        done, _ = await asyncio.wait({outcome}, timeout=self._limits.integration)
        if not done:
            raise _Failed("Endpoint request timed out")  # the function goes on, as on AWS
        return outcome.result()

    def _find(self, connection_id: str) -> _Connection:
        try:
            return self._open[connection_id]
        except KeyError:
            raise Gone(connection_id) from None

    def _spawn(self, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]] | None = None) -> None:
        tasks = self._tasks if tasks is None else tasks
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def _answer(outcome: Outcome) -> dict[str, Any] | None:
    """Return a function's proxy response, or None where it failed or its answer is not one."""
    try:
        answer = None if outcome.failed else json.loads(outcome.payload)
    except ValueError:
        return None
    valid = isinstance(answer, dict) and isinstance(answer.get("statusCode"), int)
    return answer if valid else None


def _refuse(status: int, caller: Caller) -> Response:
    texts = {401: "Unauthorized", 403: "Forbidden", 500: "Internal server error"}
    phrase = HTTPStatus(status).phrase
    request_id = events.new_id()
    body = events.refusal(texts.get(status, phrase), caller.id, request_id).encode()
    headers = Headers(
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "x-amzn-RequestId": request_id,
        }
    )
    return Response(status, phrase, headers, body)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
