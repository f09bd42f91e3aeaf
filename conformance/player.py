"""Plays a script to a client, and says what was not as it must be."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from conformance.script import Message, Script, fits, whole

WITHIN = 10.0  # seconds for a step


class Violation(AssertionError):  # noqa: N818 - what happened
    """The client did what it must not, or not what it must; the message says at which step."""


class Player:
    """One run of a script. `control` is the driver's connection."""

    def __init__(self, script: Script, control: ServerConnection, url: str) -> None:
        self._script, self._control, self._url = script, control, url
        self._sockets: list[ServerConnection] = []
        self._arrived: list[deque[Message]] = []
        self._decisions: asyncio.Queue[int | None] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._asked: tuple[int, Message] = (0, {})
        self.handshakes = 0
        self.tokens: list[str] = []
        self._denied = 0  # Node's WebSocket itself sends a handshake that got 401 once more
        self.seen: Message = {"frames": {}, "shown": {}, "ends": {}, "cancelled": [], "connection": []}
        self._over = False

    async def play(self) -> None:
        """Play it. Raises Violation."""
        listening = asyncio.create_task(self._listen())
        try:
            await self._tell({"begin": {"url": self._url, "settings": self._script.settings}})
            for number, step in enumerate(self._script.steps):
                try:
                    async with asyncio.timeout(WITHIN):
                        await self._step(step)
                except TimeoutError:
                    where = f"step {number}, {json.dumps(step)}, did not come true"
                    raise Violation(f"{where}; seen: {self.seen}, waiting: {self._arrived}") from None
            await self._tell({"over": True})
            async with asyncio.timeout(WITHIN):
                await self._until(lambda: self._over)
            self._judge()
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def shake_hands(self, connection: ServerConnection, request: Request) -> Response | None:
        """Take or refuse a handshake, as the script says once it comes to it."""
        self.handshakes += 1
        offered = request.headers.get("Sec-WebSocket-Protocol", "").split(", ")
        self.tokens.append(request.headers.get("Authorization", offered[-1]).removeprefix("Bearer "))
        self._changed.set()
        status = await self._decisions.get()
        self._denied += status == HTTPStatus.UNAUTHORIZED
        return connection.respond(HTTPStatus(status), "") if status else None

    async def serve(self, connection: ServerConnection) -> None:
        """Take a connection's messages."""
        arrived: deque[Message] = deque()
        self._sockets.append(connection)
        self._arrived.append(arrived)
        self._changed.set()
        with suppress(ConnectionClosed):
            async for text in connection:
                arrived.append(json.loads(text))
                self._changed.set()

    async def _step(self, step: Message) -> None:
        match step:
            case {"client": operation}:
                await self._tell(operation)
            case {"accept": True}:
                count = len(self._sockets)
                self._decisions.put_nowait(None)
                await self._until(lambda: len(self._sockets) > count)
            case {"refuse": int(status)}:
                for _ in range(step.get("times", 1)):
                    count = self.handshakes
                    self._decisions.put_nowait(status)
                    await self._until(lambda count=count: self._decisions.empty() or self.handshakes > count)
            case {"expect": expected}:
                await self._expect(expected, step.get("on", -1))
            case {"send": frames}:
                for frame in map(whole, frames):
                    await self._send(frame, step.get("on", -1))
            case {"answer": data}:
                await self._answer(data)
            case {"cut": True}:
                self._sockets[step.get("on", -1)].transport.abort()
            case {"close": int(code)}:
                await self._sockets[step.get("on", -1)].close(code)
            case {"seen": {"connection": status}}:
                await self._until(lambda: status in self.seen["connection"][-1:])
            case {"seen": jobs}:
                await self._until(lambda: all(seq in self._frames(job) for job, seq in jobs.items()))
            case {"quiet": seconds}:
                await self._quiet(seconds)
            case _:
                raise Violation(f"there is no step {json.dumps(step)}")

    async def _expect(self, expected: Message, on: int) -> None:
        await self._until(lambda: bool(self._arrived and self._arrived[on]))
        message = self._arrived[on].popleft()
        if not fits(expected, message):
            raise Violation(f"expected {expected}, and there came {message}")
        self._asked = on, message

    async def _answer(self, data: Any) -> None:
        on, asked = self._asked
        common: Message = {"request_id": asked["id"], "timestamp": 1.0}
        if isinstance(data, dict) and "refuse" in data:
            error = {"code": data["refuse"], "message": "no"}
            return await self._send(common | {"type": "error", "error": error}, on)
        if isinstance(data, dict) and "frames" in data:
            data = {"recovered": True, "more": False} | data | {"frames": [*map(whole, data["frames"])]}
        return await self._send(common | {"type": "response", "data": data}, on)

    async def _send(self, message: Message, on: int) -> None:
        with suppress(ConnectionClosed):
            await self._sockets[on].send(message.get("text") or json.dumps(message))

    async def _quiet(self, seconds: float) -> None:
        before = self.handshakes
        await asyncio.sleep(seconds)
        if any(self._arrived) or self.handshakes > before:
            raise Violation(f"it was not quiet: {[list(each) for each in self._arrived]}, {self.handshakes}")

    async def _listen(self) -> None:
        async for text in self._control:
            match json.loads(text):
                case {"job": job, "frame": frame}:
                    self._frames(job).append(frame.get("seq"))
                case {"job": job, "shown": seq}:
                    self.seen["shown"].setdefault(job, []).append(seq)
                case {"job": job, "ends": end}:
                    self.seen["ends"][job] = end
                case {"cancelled": said}:
                    self.seen["cancelled"].append(said)
                case {"connection": status}:
                    self.seen["connection"].append(status)
                case {"over": True}:
                    self._over = True
            self._changed.set()

    def _frames(self, job: str) -> list[int | None]:
        found: list[int | None] = self.seen["frames"].setdefault(job, [])
        return found

    async def _until(self, condition: Any) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def _tell(self, message: Message) -> None:
        await self._control.send(json.dumps(message))

    def _judge(self) -> None:
        found = self.seen | {"handshakes": self.handshakes}
        if not fits(self._script.expect, found):
            raise Violation(f"expected {self._script.expect}, and seen was {found}")
        if len(set(self.tokens)) < len(self.tokens) - self._denied:
            raise Violation(f"a token was used twice: {self.tokens}")
