"""API Gateway's WebSocket API: authorizer, routes, route responses, `@connections`, and its limits.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from streamer.local.api_gateway import events, handshake
from streamer.local.api_gateway.decision import Refused
from streamer.local.api_gateway.events import Caller, Event
from streamer.local.api_gateway.integrations import Failed, Integrations
from streamer.local.api_gateway.routes import Api
from streamer.local.aws_lambda.lambdas import Lambdas

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


@dataclass
class _Connection:
    caller: Caller
    socket: ServerConnection
    active_at: float
    subprotocol: str | None = None


class Gateway:
    """Serves one WebSocket API. Its methods are for the event loop that started it."""

    def __init__(self, api: Api, lambdas: Lambdas, limits: Limits) -> None:
        self._api, self._limits = api, limits
        self._integrations = Integrations(lambdas, limits.integration)
        # Handshakes that $connect accepted, and connections that are open: only those can be posted to.
        self._accepted: dict[ServerConnection, _Connection] = {}
        self._open: dict[str, _Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells: set[asyncio.Task[None]] = set()
        self._server: Server | None = None

    async def start(self, sock: socket) -> None:
        """Accept connections on `sock`."""
        sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # inherited; else a second small frame waits 40 ms
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
            subprotocol = await handshake.accept(caller, self._integrations)
        except Refused as refused:
            return handshake.refuse(refused.status, caller)
        connection = _Connection(caller, ws, caller.connected_at, subprotocol)
        self._accepted[ws] = connection
        # Waiting here, not in the session, covers a client that leaves before the handshake's end.
        self._spawn(self._farewell(connection), self._farewells)
        return None

    def _subprotocol(self, ws: ServerConnection, _: Sequence[Subprotocol]) -> Subprotocol | None:
        chosen = self._accepted[ws].subprotocol
        return Subprotocol(chosen) if chosen else None

    # The connection ----------------------------------------------------------------------------------

    async def _session(self, ws: ServerConnection) -> None:
        connection = self._accepted.get(ws)
        if connection is None:  # already gone
            return
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
        except Failed as failed:
            request_id = event["requestContext"]["requestId"]
            text = events.refusal(str(failed), connection.caller.id, request_id)
        if text:
            with contextlib.suppress(ConnectionClosed):
                await self._send(connection, text)

    async def _answer_of(self, key: str | None, event: Event) -> str | None:
        """Return what the route sends back, if anything. Raises Failed."""
        if key is None:
            raise Failed("Forbidden")
        route = self._api.routes[key]
        body = (await self._integrations.answer(route.function, event)).get("body")
        return body if route.responds and isinstance(body, str) else None

    async def _farewell(self, connection: _Connection) -> None:
        ws = connection.socket
        await ws.wait_closed()
        del self._accepted[ws]
        route = self._api.routes.get("$disconnect")
        if route:
            event = events.disconnect(connection.caller, ws.close_code or _NO_STATUS, ws.close_reason or "")
            with contextlib.suppress(Failed):
                await self._integrations.call(route.function, event)

    async def _send(self, connection: _Connection, text: str) -> None:
        await connection.socket.send(text)
        connection.active_at = time.time()

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


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
