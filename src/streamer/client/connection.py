"""One WebSocket of a client: opened with a fresh token, read until it ends."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from streamer.client.errors import ConnectionRefused

FRAME_BYTES = 32 * 1024
"""API Gateway closes the connection on a larger WebSocket frame; messages may be of several."""

Token = str | Callable[[], str | Awaitable[str]]
Receive = Callable[["Connection", str | bytes], None]


class Connection:
    """An open WebSocket. `receive` gets each message, `on_end` hears once that there will be no more.

    `waiting` has the id of each message that was sent here and not yet answered, with the id of the request
    that it is about. It was opened at `opened_at`, in the event loop's time; at `retire_at` it is replaced.
    """

    def __init__(
        self, socket: ClientConnection, receive: Receive, on_end: Callable[[], None], life: float
    ) -> None:
        self.waiting: dict[str, str] = {}
        self.opened_at = asyncio.get_running_loop().time()
        self.retire_at = self.opened_at + life
        self._socket = socket
        self._closing: asyncio.Task[None] | None = None
        self._reading = asyncio.create_task(self._read(receive))
        self._reading.add_done_callback(lambda _: on_end())

    @classmethod
    async def open(
        cls, url: str, token: Token, receive: Receive, on_end: Callable[[], None], life: float
    ) -> Self:
        """Connect, once. Raises ConnectionRefused, also where there is no token to be had."""
        try:
            headers = {"Authorization": f"Bearer {await _fresh(token)}"}
        except Exception as error:
            raise ConnectionRefused(url, None, f"there is no token: {error!r}") from error
        try:
            socket = await connect(url, additional_headers=headers, compression=None)
        except InvalidStatus as refusal:
            response = refusal.response
            raise ConnectionRefused(url, response.status_code, response.reason_phrase) from refusal
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise ConnectionRefused(url, None, str(error) or "no answer in time") from error
        return cls(socket, receive, on_end, life)

    @property
    def ended(self) -> bool:
        """Whether nothing more will be received. Raises what `receive` raised, if that ended it."""
        if self._reading.done():
            self._reading.result()
        return self._reading.done()

    @property
    def reason(self) -> str:
        """Why it ended: the close code, and the reason if one was given."""
        return f"{self._socket.close_code} {self._socket.close_reason or ''}".strip()

    def forget(self, request_id: str) -> None:
        """Wait no longer for what was asked about a request."""
        for message_id in [each for each, about in self.waiting.items() if about == request_id]:
            del self.waiting[message_id]

    async def send(self, text: str) -> None:
        """Send an ASCII text; where the connection has ended, nothing happens."""
        parts = [text[start : start + FRAME_BYTES] for start in range(0, len(text), FRAME_BYTES)]
        with suppress(ConnectionClosed):  # `on_end` tells
            await self._socket.send(parts[0] if len(parts) == 1 else parts)

    def leave(self) -> None:
        """Begin to close it."""
        self._closing = self._closing or asyncio.create_task(self._socket.close())

    async def close(self) -> None:
        """Close it. Raises what `receive` raised."""
        await self._socket.close()
        await self._reading

    async def _read(self, receive: Receive) -> None:
        try:
            async for text in self._socket:
                receive(self, text)
        except ConnectionClosed:
            pass  # for whatever reason: whoever looks after the requests is told
        finally:
            await self._socket.close()


async def _fresh(token: Token) -> str:
    value = token() if callable(token) else token
    return await value if inspect.isawaitable(value) else value
