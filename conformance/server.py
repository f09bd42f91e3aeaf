"""The server that plays scripts: `/live` is the endpoint, `/control` the driver's, all else are files."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from conformance.player import Player
from conformance.script import Script

TYPES = {".html": "text/html", ".js": "text/javascript"}


class Server:
    """Plays scripts to the one driver that is connected. `files` are those of a page, if one is served."""

    def __init__(self, files: Path | None = None) -> None:
        self.address = ""
        self._files = files
        self._player: Player | None = None
        self._drivers: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self._driver: ServerConnection | None = None

    async def play(self, script: Script, within: float = 20.0) -> None:
        """Play a script, waiting for a driver for `within` seconds. Raises Violation, TimeoutError."""
        async with asyncio.timeout(within):
            self._driver = self._driver or await self._drivers.get()
        self._player = Player(script, self._driver, f"ws://{self.address}/live")
        try:
            await self._player.play()
        finally:
            self._player = None

    async def request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer an HTTP request: a handshake, or a file."""
        if "Upgrade" not in request.headers:
            return self._file(request.path)
        if request.path == "/live":
            if not self._player:
                return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
            return await self._player.shake_hands(connection, request)
        return None

    async def serve(self, connection: ServerConnection) -> None:
        """Serve a WebSocket to its end."""
        if connection.request and connection.request.path == "/control":
            self._drivers.put_nowait(connection)
            await connection.wait_closed()
        elif self._player:
            await self._player.serve(connection)

    def _file(self, path: str) -> Response:
        found = (self._files / path.lstrip("/")).resolve() if self._files else None
        if not (found and self._files and found.is_relative_to(self._files.resolve()) and found.is_file()):
            return Response(404, "Not Found", Headers({"Content-Length": "0"}))
        body = found.read_bytes()
        kind = TYPES.get(found.suffix, "application/octet-stream")
        return Response(200, "OK", Headers({"Content-Type": kind, "Content-Length": str(len(body))}), body)


def _streamer(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return offered[0] if offered else None  # a browser that offers some wants one back


@asynccontextmanager
async def serving(files: Path | None = None) -> AsyncIterator[Server]:
    """Serve on a free port of this machine."""
    server = Server(files)
    async with serve(
        server.serve,
        "127.0.0.1",
        0,
        process_request=server.request,
        select_subprotocol=_streamer,
        compression=None,
        open_timeout=60,
        close_timeout=1,
    ) as listening:
        host, port = listening.sockets[0].getsockname()[:2]
        server.address = f"{host}:{port}"
        yield server
