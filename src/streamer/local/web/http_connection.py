"""One HTTP/1.1 connection on an event loop; the parser is httptools."""

import asyncio
import logging
from collections import deque
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import cast

import httptools

from streamer.local.web.http_messages import Handler, Request, Response

_MOST_WAITING = 16
logger = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Hands requests to `handler`, one after another, and sends the answers."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._request = Request()
        self._parts: list[bytes] = []
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._busy = False

    # What asyncio calls ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # asyncio does so only for sockets that were made with a protocol's number.
        transport.get_extra_info("socket").setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self.transport = self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, UnicodeDecodeError):
            if self._transport:
                self._transport.write(Response(400, {}).encode(head_only=False, keep_alive=False))
                self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Answer nothing more."""
        self._transport = None
        self._waiting.clear()

    # What the parser calls ---------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Take a new request."""
        self._request, self._parts = Request(), []

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._request.target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        headers, key, text = self._request.headers, name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """Take the headers as whole."""
        self._request.method = self._parser.get_method().decode()
        if self._transport and self._request.headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Take the request as whole."""
        self._request.body = b"".join(self._parts)
        self._waiting.append((self._request, self._parser.should_keep_alive()))
        if self._transport and len(self._waiting) > _MOST_WAITING:
            self._transport.pause_reading()
        self._next()

    # ---------------------------------------------------------------------------------------------------

    def _next(self) -> None:
        if self._busy or not self._waiting:
            return
        self._busy = True
        request, keep_alive = self._waiting.popleft()

        def respond(response: Response) -> None:
            self._busy = False
            if self._transport is None:
                return
            head_only = request.method == "HEAD"
            self._transport.write(response.encode(head_only=head_only, keep_alive=keep_alive))
            if keep_alive:
                self._transport.resume_reading()
                self._next()
            else:
                self._transport.close()

        try:
            self._handler(request, respond)
        except Exception:
            logger.exception("%s %s", request.method, request.path)
            respond(Response(500, {}))
