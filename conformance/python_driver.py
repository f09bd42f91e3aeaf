"""Drives the Python client through scripts: `await drive("ws://…/control")`."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from streamer.client import Client, ConnectionRefused, Reconnect, RequestFailed
from streamer.client.attempts import Attempts
from streamer.client.frames import ServerFrame

Message = dict[str, Any]


async def drive(control: str) -> None:
    """Run scripts until the server has no more."""
    async with connect(control) as socket:
        async for text in socket:
            await _Run(socket, json.loads(text)["begin"]).run()


class _Run:
    """One script's run."""

    def __init__(self, control: ClientConnection, begin: Message) -> None:
        self._control = control
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._after: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._tokens = 0
        settings = begin["settings"]
        self._client = Client(
            begin["url"],
            self._token,
            reconnect=Reconnect(first=settings.get("first_wait", 0.01), most=settings.get("most_wait", 0.05)),
            gap_patience=settings.get("patience", 0.05),
            silence=settings.get("silence", 30),
            life=settings.get("life", 3600),
            cursors=self._after,
            on_connection_change=lambda change, _: self._tell(
                {"connection": "waiting" if change == "lost" else "open"}
            ),
        )

    async def run(self) -> None:
        """Do what is told until it is over. A client connects when it is entered: with its first request."""
        entered = False
        try:
            while not (told := json.loads(await self._control.recv())).get("over"):
                if not entered:
                    entered = await self._enter()
                self._do(told)
        finally:
            for task in [*self._jobs.values(), *self._tasks]:
                task.cancel()
            await asyncio.gather(*self._jobs.values(), *self._tasks, return_exceptions=True)
            if entered:
                await self._client.__aexit__(None, None, None)
        await self._control.send(json.dumps({"over": True}))

    def _do(self, told: Message) -> None:
        match told:
            case {"run": action, "id": request_id}:
                self._follow(
                    request_id, self._client.stream(action, told.get("payload"), request_id=request_id)
                )
            case {"attach": request_id}:
                self._follow(request_id, self._client.attach(request_id, after=told.get("after", -1)))
            case {"cancel": request_id}:
                self._start(self._cancel(request_id))
            case {"stop": request_id}:
                self._jobs[request_id].cancel()
            case {"reconnect": True}:  # what was refused is followed again, from where it was
                for request_id, seq in list(self._after.items()):
                    self._follow(request_id, self._client.attach(request_id, after=seq))

    def _follow(self, request_id: str, frames: AsyncIterator[ServerFrame]) -> None:
        self._jobs[request_id] = asyncio.create_task(self._show(request_id, frames))

    async def _show(self, request_id: str, frames: Any) -> None:
        attempts = Attempts()
        try:
            async with aclosing(frames):
                async for frame in frames:
                    self._tell({"job": request_id, "frame": frame})
                    match frame["type"]:
                        case "progress" if attempts.counts(frame):
                            self._tell({"job": request_id, "shown": frame["seq"]})
                        case "response":
                            self._tell({"job": request_id, "ends": {"result": frame["data"]}})
                        case "complete":
                            self._tell({"job": request_id, "ends": {"result": frame["result"]}})
                        case "error":
                            failed = RequestFailed.from_frame(frame)
                            self._tell({"job": request_id, "ends": {"failed": failed.code}})
        except ConnectionRefused:
            self._tell({"connection": "refused"})

    async def _cancel(self, request_id: str) -> None:
        self._tell({"cancelled": await self._client.cancel(request_id)})

    async def _enter(self) -> bool:
        try:
            await self._client.__aenter__()
        except ConnectionRefused:
            self._tell({"connection": "refused"})
            return False
        return True

    def _token(self) -> str:
        self._tokens += 1
        return f"a.b.{self._tokens}"

    def _tell(self, message: Message) -> None:
        self._start(self._control.send(json.dumps(message)))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
