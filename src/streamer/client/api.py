"""The client: many requests over one connection after another, each followed to its end.

async with Client(url, token) as client:
    result = await client.request("generate_report", {...}, on_progress=print)
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, MutableMapping
from contextlib import aclosing
from types import TracebackType
from typing import Any, Literal, Self
from uuid import uuid4

from streamer.client.addressing import is_frame
from streamer.client.attempts import Attempts
from streamer.client.connection import Token
from streamer.client.errors import RequestFailed, StreamerException
from streamer.client.frames import Acknowledgment, Progress, Request, ServerFrame
from streamer.client.inbox import TERMINAL, Inbox
from streamer.client.line import ConnectionState, OnChange, Settings
from streamer.client.reconnect import Reconnect
from streamer.client.session import Session

logger = logging.getLogger(__name__)

MESSAGE_BYTES = 128 * 1024
"""API Gateway closes the connection on a larger message, and would again whenever it is sent."""


def log_unmatched(message: Any) -> None:
    """Log what belongs to no open request: quietly a frame of one that nobody follows any more."""
    known = is_frame(message) and message["request_id"] is not None
    logger.log(logging.DEBUG if known else logging.WARNING, "belongs to no open request: %s", message)


class Client:
    """Talks to an endpoint, `ws://` or `wss://`, within its `async with`. Network faults are its own affair.

    When the connection is lost while requests are open, it connects again (see `Reconnect`), sends again
    what was not answered, and lets the server replay what the jobs missed. A job's id makes that safe; a
    quick action may run twice. Before the two hours of an API Gateway connection are over it moves to a
    second one. While no request is open, nothing is sent; the next request connects again where needed.

    `token` is the JWT, or a function, plain or async, that returns a fresh one for each connection.
    `gap_patience`: seconds that a job's later frames wait for a missing one before it is asked for.
    `silence`: seconds without a word on a request after which the server is asked for it; that also keeps
    the connection alive, as API Gateway closes it after ten idle minutes. A quick action has 29 s to answer.
    `life`: seconds until a connection is replaced.
    `on_unmatched` gets every message (parsed JSON, or text) that belongs to no open request.
    `cursors`, a dict or whatever keeps one, gets the number of the last frame of each job that has not ended:
    after a restart, `attach` to those.
    `on_connection_change` gets "lost", "connected" (again) or "moved", and the reason where there is one.

    Entering connects once and raises ConnectionRefused. Later a handshake refused with 401 or 403 raises it
    in the open requests, and an outage longer than `reconnect.give_up` raises ConnectionLost there; further
    requests try again.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        reconnect: Reconnect = Reconnect(),  # noqa: B008 - frozen
        gap_patience: float = 2.0,
        silence: float = 30.0,
        life: float = 110 * 60.0,
        cursors: MutableMapping[str, int] | None = None,
        on_unmatched: Callable[[Any], None] = log_unmatched,
        on_connection_change: OnChange | None = None,
    ) -> None:
        self._gap_patience, self._silence = gap_patience, silence
        self._cursors: MutableMapping[str, int] = {} if cursors is None else cursors
        settings = Settings(url, token, reconnect, life, linger=silence, on_change=on_connection_change)
        self._session = Session(settings, on_unmatched)

    @property
    def connection(self) -> ConnectionState:
        """The connection's state; it says nothing of any job's."""
        return self._session.connection

    async def __aenter__(self) -> Self:
        await self._session.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.stop()

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

        The callbacks get a job's frames in order, in the event loop, without what an attempt or a stage
        says that another has followed. A job that completes with `success`
        false (some of its items failed) returns its result too, which says so.

        Raises RequestFailed, ConnectionLost, ConnectionRefused, ValueError (see `stream`), and TimeoutError
        after `timeout` seconds; the job goes on then.
        """
        frames, attempts = self.stream(action, payload, request_id=request_id, metadata=metadata), Attempts()
        async with asyncio.timeout(timeout), aclosing(frames):
            async for frame in frames:
                match frame["type"]:
                    case "acknowledgment" if on_acknowledgment:
                        on_acknowledgment(frame)
                    case "progress" if on_progress and attempts.counts(frame):
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

        Each of a job's frames comes once, and none is left out unless the server has forgotten it.

        Raises ConnectionLost, ConnectionRefused, and ValueError if `request_id` is open on this client
        already, or the request is larger than API Gateway takes.
        """
        request_id = request_id or uuid4().hex
        text = _encode(request_id, action, payload, metadata)
        inbox = Inbox(request_id, self._gap_patience, self._silence)
        async with aclosing(self._frames(text, inbox)) as frames:
            async for frame in frames:
                yield frame

    async def attach(self, request_id: str, *, after: int = -1) -> AsyncGenerator[ServerFrame]:
        """Follow a job of the tenant by its id alone: another device's, or one of before a restart.

        Yields its frames in order, those after the number `after` (-1: all of them), down to the last, a
        complete or error frame; of a job that has ended the last comes whatever `after` is. Without such a
        job that is an error frame NOT_FOUND.

        Raises ConnectionLost, ConnectionRefused, and ValueError if the job is open on this client already.
        """
        inbox = Inbox(request_id, self._gap_patience, self._silence, attached=True, known=after)
        async with aclosing(self._frames("", inbox)) as frames:
            async for frame in frames:
                yield frame

    async def status(self, request_id: str) -> dict[str, Any]:
        """Return what is known of a job: `status`, `percentage`, `stage`, `seq`, times, result or error.

        Raises RequestFailed (NOT_FOUND), ConnectionLost, ConnectionRefused.
        """
        found: dict[str, Any] = await self.request("status", {"request_id": request_id})
        return found

    async def cancel(self, request_id: str) -> Literal["cancelled", "finished first"]:
        """End a job with what it has; say "finished first" where it had come to another end before.

        Raises RequestFailed (NOT_FOUND), ConnectionLost, ConnectionRefused.
        """
        try:
            await self.request("cancel", {"request_id": request_id})
        except RequestFailed as failed:
            if failed.code != "CONFLICT":
                raise
            # A cancellation whose answer was lost is sent again, and finds the job cancelled.
            ended = (await self.status(request_id))["status"]
            return "cancelled" if ended == "CANCELLED" else "finished first"
        return "cancelled"

    async def jobs(self) -> AsyncGenerator[dict[str, Any]]:
        """Yield the tenant's jobs, newest first: `{request_id, action, status, started_at, ended_at}`.

        Raises RequestFailed, ConnectionLost, ConnectionRefused.
        """
        page: dict[str, Any] = {"cursor": None}
        while True:
            page = await self.request("list", {"limit": 100, "cursor": page["cursor"]})
            for job in page["jobs"]:
                yield job
            if page["cursor"] is None:
                return

    async def _frames(self, text: str, inbox: Inbox) -> AsyncGenerator[ServerFrame]:
        followed = self._session.follow(text, inbox)
        try:
            while True:
                message = await followed.arrived.get()
                if isinstance(message, StreamerException):
                    raise message
                self._remember(inbox.request_id, message)
                yield message
                if message["type"] in TERMINAL:
                    return
        finally:
            self._session.forget(followed)

    def _remember(self, request_id: str, frame: ServerFrame) -> None:
        if frame["type"] in TERMINAL:
            self._cursors.pop(request_id, None)
        elif isinstance(seq := frame.get("seq"), int):
            self._cursors[request_id] = seq


def _encode(request_id: str, action: str, payload: Any, metadata: Mapping[str, Any] | None) -> str:
    request: Request = {"action": action, "id": request_id}
    if payload is not None:
        request["payload"] = payload
    if metadata:
        request["metadata"] = dict(metadata)
    text = json.dumps(request)  # in ASCII, so that characters are bytes
    if len(text) > MESSAGE_BYTES:
        raise ValueError(f"the request has {len(text)} bytes; {MESSAGE_BYTES} are possible")
    return text
