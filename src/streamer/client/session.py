"""The open requests of one client, each followed to its last frame across connections.

One task takes turns: see to the connection, send what is due, then wait until something is again. It alone
sends; what arrives is sorted as it comes.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from streamer.client.addressing import addressee, gateway_error, is_frame
from streamer.client.connection import Connection
from streamer.client.errors import ConnectionLost, StreamerException
from streamer.client.frames import ServerFrame
from streamer.client.inbox import Inbox
from streamer.client.line import ConnectionState, Line, Settings


@dataclass
class Followed:
    """An open request: its JSON text, and where its frames, or the exception that ends it, arrive.

    An attached job has no text: its inbox never asks for the request to be sent.
    """

    text: str
    inbox: Inbox
    arrived: asyncio.Queue[ServerFrame | StreamerException] = field(default_factory=asyncio.Queue)


class Session:
    """Follows requests over a line. `on_unmatched` gets every message that belongs to none of them."""

    def __init__(self, settings: Settings, on_unmatched: Callable[[Any], None]) -> None:
        self._wake = asyncio.Event()
        self._line = Line(settings, self._receive, self._wake.set)
        self._on_unmatched = on_unmatched
        self._open: dict[str, Followed] = {}
        self._closed = True

    @property
    def connection(self) -> ConnectionState:
        """The line's state."""
        return self._line.state

    async def start(self) -> None:
        """Connect, once. Raises ConnectionRefused."""
        await self._line.connect()
        self._closed = False
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End all; open requests get ConnectionLost. Raises what a hook raised."""
        if not self._closed:  # otherwise it ends by itself, with an exception that is to be heard
            self._running.cancel()
        await asyncio.wait([self._running])
        if not self._running.cancelled():
            self._running.result()

    def follow(self, text: str, inbox: Inbox) -> Followed:
        """Open a request. Raises ValueError if its id is open already, ConnectionLost if all has ended."""
        if self._closed:
            raise ConnectionLost("the client is closed")
        if inbox.request_id in self._open:
            raise ValueError(f"request {inbox.request_id} is still open")
        self._open[inbox.request_id] = followed = Followed(text, inbox)
        self._wake.set()
        return followed

    def forget(self, followed: Followed) -> None:
        """Follow a request no longer."""
        request_id = followed.inbox.request_id
        if self._open.get(request_id) is followed:
            del self._open[request_id]
            for connection in self._line.connections:
                connection.forget(request_id)
            self._wake.set()

    async def _run(self) -> None:
        try:
            while True:
                self._wake.clear()
                await self._turn()
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(self._next_turn()):
                        await self._wake.wait()
        finally:
            self._closed = True
            self._fail(ConnectionLost("the client was closed with the request open"))
            await self._line.close()

    async def _turn(self) -> None:
        try:
            change = await self._line.tend(wanted=bool(self._open))
        except StreamerException as end:
            return self._fail(end)
        for followed in self._open.values():
            # After a move, what is no job yet is still to be answered on the old connection.
            if change == "connected" or (change == "moved" and followed.inbox.is_job):
                followed.inbox.ask_at_once()
        if self._line.current:
            await self._ask(self._line.current)
        for request_id in self._line.release():
            self._open[request_id].inbox.ask_at_once()
            self._wake.set()
        return None

    def _next_turn(self) -> float | None:
        if not self._open:
            return None
        if not self._line.current:
            return _now()
        return min(
            *(followed.inbox.deadline for followed in self._open.values()),
            *(connection.retire_at for connection in self._line.connections),
        )

    async def _ask(self, connection: Connection) -> None:
        for request_id, followed in list(self._open.items()):
            if followed.inbox.deadline > _now() or self._open.get(request_id) is not followed:
                continue
            connection.forget(request_id)
            seq = followed.inbox.ask(_now())
            message_id, text = request_id, followed.text
            if seq is not None:
                message_id, payload = uuid4().hex, {"request_id": request_id, "seq": seq}
                text = json.dumps({"action": "resume", "id": message_id, "payload": payload})
            connection.waiting[message_id] = request_id
            await connection.send(text)

    def _receive(self, connection: Connection, text: str | bytes) -> None:
        self._line.heard()
        try:
            message = json.loads(text)
        except ValueError:
            message = text
        message_id = addressee(message, connection.waiting)
        answers = message_id in connection.waiting
        followed = self._open.get(connection.waiting.pop(message_id, message_id)) if message_id else None
        if not (message_id and followed):
            self._on_unmatched(message)
            return
        inbox, before = followed.inbox, followed.inbox.deadline
        frame = message if is_frame(message) else gateway_error(message, message_id, time.time())
        due = inbox.resumed if message_id != inbox.request_id else inbox.receive
        for each in due(frame, _now()):
            followed.arrived.put_nowait(each)
        if inbox.done:
            self.forget(followed)
        elif answers and connection is not self._line.current:
            inbox.ask_at_once()  # the old connection is the one that follows the job
        if inbox.deadline < before or self._line.retired:
            self._wake.set()

    def _fail(self, reason: StreamerException) -> None:
        for followed in list(self._open.values()):
            followed.arrived.put_nowait(reason)
            self.forget(followed)


def _now() -> float:
    return asyncio.get_running_loop().time()
