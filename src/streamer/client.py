"""The client: many requests over one WebSocket, each followed to its end.

async with Client(url, token) as client:
    result = await client.request("generate_report", {...}, on_progress=print)
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from streamer.errors import ConnectionLost, ConnectionRefused, RequestFailed
from streamer.frames import Acknowledgment, Progress, Request, ServerFrame
from streamer.inbox import Inbox, addressee, gateway_error, is_frame

logger = logging.getLogger(__name__)

FRAME_BYTES = 32 * 1024
"""API Gateway closes the connection on a larger WebSocket frame; messages may be of several."""


def log_unmatched(message: Any) -> None:
    """Log what belongs to no open request: quietly a frame of one that nobody follows any more."""
    known = is_frame(message) and message["request_id"] is not None
    logger.log(logging.DEBUG if known else logging.WARNING, "belongs to no open request: %s", message)


class Client:
    """A connection to an endpoint, `ws://` or `wss://`, open within its `async with`.

    `on_unmatched` gets every message (parsed JSON, or text) that belongs to no open request.
    `gap_patience` is how many seconds a job's later frames wait for a missing one before they go on without.

    Raises ConnectionRefused on entering. When the connection ends, open requests raise ConnectionLost.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        on_unmatched: Callable[[Any], None] = log_unmatched,
        gap_patience: float = 2.0,
    ) -> None:
        self._url = url
        self._token = token
        self._on_unmatched = on_unmatched
        self._gap_patience = gap_patience
        self._open: dict[str, asyncio.Queue[ServerFrame | ConnectionLost]] = {}
        self._unanswered: set[str] = set()

    async def __aenter__(self) -> Self:
        self._socket = await self._connect()
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()
        await self._reader

    async def request(
        self,
        action: str,
        payload: Any = None,
        *,
        request_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_acknowledgment: Callable[[Acknowledgment], None] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Run an action; return a quick one's `data`, or a job's `result` when it is complete.

        The callbacks get a job's frames in order, in the event loop. A job that completes with `success`
        false (some of its items failed) returns its result too, which says so.

        Raises RequestFailed, ConnectionLost, and TimeoutError after `timeout` seconds; the job goes on then.
        """
        frames = self.stream(action, payload, request_id=request_id, metadata=metadata)
        async with asyncio.timeout(timeout), aclosing(frames):
            async for frame in frames:
                match frame["type"]:
                    case "acknowledgment" if on_acknowledgment:
                        on_acknowledgment(frame)
                    case "progress" if on_progress:
                        on_progress(frame)
                    case "response":
                        return frame["data"]
                    case "complete":
                        return frame["result"]
                    case "error":
                        raise RequestFailed.from_frame(frame)
        raise AssertionError("a stream ends with a terminal frame")

    async def stream(
        self,
        action: str,
        payload: Any = None,
        *,
        request_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[ServerFrame]:
        """Run an action; yield its frames in order, the last of them a response, complete or error frame.

        Raises ConnectionLost, and ValueError if `request_id` is open on this client already.
        """
        request_id = request_id or uuid4().hex
        if request_id in self._open:
            raise ValueError(f"request {request_id} is still open")
        arrived = self._open[request_id] = asyncio.Queue()
        self._unanswered.add(request_id)
        try:
            await self._send(action, payload, request_id, metadata)
            inbox, clock = Inbox(self._gap_patience), asyncio.get_running_loop().time
            while not inbox.done:
                try:
                    async with asyncio.timeout_at(inbox.deadline):
                        message = await arrived.get()
                except TimeoutError:
                    due = inbox.skip_gap(clock())
                else:
                    if isinstance(message, ConnectionLost):
                        raise message
                    due = inbox.receive(message, clock())
                for frame in due:
                    yield frame
        finally:
            self._unanswered.discard(request_id)
            del self._open[request_id]

    async def _send(
        self, action: str, payload: Any, request_id: str, metadata: Mapping[str, Any] | None
    ) -> None:
        request: Request = {"action": action, "id": request_id}
        if payload is not None:
            request["payload"] = payload
        if metadata:
            request["metadata"] = dict(metadata)
        text = json.dumps(request)  # in ASCII, so that characters are bytes
        parts = [text[start : start + FRAME_BYTES] for start in range(0, len(text), FRAME_BYTES)]
        try:
            await self._socket.send(parts[0] if len(parts) == 1 else parts)
        except ConnectionClosed as closed:
            raise ConnectionLost(f"the connection is closed: {closed}") from closed

    async def _connect(self) -> ClientConnection:
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            return await connect(self._url, additional_headers=headers, compression=None)
        except InvalidStatus as refusal:
            response = refusal.response
            raise ConnectionRefused(self._url, response.status_code, response.reason_phrase) from refusal
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise ConnectionRefused(self._url, None, str(error) or "no answer in time") from error

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                self._receive(text)
        except ConnectionClosed:
            pass  # for whatever reason: the requests below are told
        finally:
            await self._socket.close()
            reason = f"{self._socket.close_code} {self._socket.close_reason or ''}".strip()
            for arrived in self._open.values():
                arrived.put_nowait(ConnectionLost(f"the connection closed ({reason}) with the request open"))

    def _receive(self, text: str | bytes) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            message = text
        request_id = addressee(message, self._open, self._unanswered)
        if request_id is None:
            self._on_unmatched(message)
            return
        self._unanswered.discard(request_id)
        frame = message if is_frame(message) else gateway_error(message, request_id, time.time())
        self._open[request_id].put_nowait(frame)
