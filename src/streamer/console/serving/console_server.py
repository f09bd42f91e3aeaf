"""Serves the console's pages and what they follow, on the loopback: one port, HTTP and WebSocket."""

import logging
import mimetypes
import secrets
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from importlib.resources import files
from socket import socket
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from streamer.console.acting.router_function import LARGEST_MESSAGE
from streamer.console.serving.answers import Answer, Answers
from streamer.console.serving.gatekeeping import Gate

SENDS_A_SECOND = 4
ASKED_SECONDS = 10.0  # within which a page says what it wants done
QUIET_SECONDS = 0.5  # after which it is noticed that a page has gone
_PAGES = files("streamer.console") / "pages"
_STRANGER = "Open the address that was printed when the console was started: it has the token.\n"
# A preview of a PDF is a frame of what was fetched, as application/pdf and nothing else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src blob:; "
    "connect-src {connects}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class ConsoleServer:
    """Serves `answers` on a socket that listens on the loopback, until `close`. `url` has the token."""

    def __init__(self, sock: socket, answers: Answers, token: str | None = None) -> None:
        host, port = sock.getsockname()[:2]
        token = token or secrets.token_urlsafe(24)
        self.url = f"http://{host}:{port}/?token={token}"
        self._answers = answers
        self._policy = _POLICY.format(connects=" ".join(["'self'", *answers.origins]))
        self._gate = Gate(port, token)
        self._connections: set[ServerConnection] = set()
        self._server: Server = serve(
            self._follow,
            sock=sock,
            process_request=self._answer,
            compression=None,
            max_size=LARGEST_MESSAGE + 4096,  # a payload, edited
            close_timeout=1,
            logger=_silent(),
        )
        self._thread = Thread(target=self._server.serve_forever, name="console-http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every connection, and stop."""
        self._server.shutdown()
        self._thread.join()
        for connection in list(self._connections):
            connection.close(1001)
        self._answers.close()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:  # noqa: ARG002
        """Answer a request over HTTP; None lets a WebSocket through."""
        headers = request.headers
        if refused := self._gate.refusal(headers):
            return self._response(HTTPStatus.FORBIDDEN, refused.encode(), "text/plain")
        if self._gate.holds_token(request.path):
            here = "/" + urlsplit(request.path).path.lstrip("/")  # two slashes begin a host
            moved = {"Location": here, "Set-Cookie": self._gate.set_cookie()}
            return self._response(HTTPStatus.SEE_OTHER, b"", "text/plain", moved.items())
        if not self._gate.is_known(headers):
            return self._response(HTTPStatus.UNAUTHORIZED, _STRANGER.encode(), "text/plain")
        if headers.get("Upgrade", "").lower() == "websocket":
            if self._answers.act(request.path) and "Origin" not in headers:  # every browser says it
                return self._response(HTTPStatus.FORBIDDEN, b"An action comes from a page.", "text/plain")
            return None
        answer = self._answers.get(request.path) or _file(urlsplit(request.path).path)
        return self._response(HTTPStatus(answer.status), answer.body, answer.kind, answer.headers.items())

    def _response(
        self, status: HTTPStatus, body: bytes, kind: str, more: Iterable[tuple[str, Any]] = ()
    ) -> Response:
        headers = Headers(
            {
                "Date": formatdate(usegmt=True),
                "Connection": "close",
                "Content-Length": str(len(body)),
                "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
                "Content-Security-Policy": self._policy,
                **_SECURITY,
            }
        )
        headers.update(more)
        return Response(status.value, status.phrase, headers, body)

    def _follow(self, connection: ServerConnection) -> None:
        """Send what changes of a topic for as long as the page is there; or do the one thing that it asks."""
        self._connections.add(connection)
        path, version = connection.request.path if connection.request else "", 0
        try:
            if act := self._answers.act(path):
                connection.send(act(str(connection.recv(ASKED_SECONDS))))
                return
            with self._answers.following(path) as topic:
                if topic is None:
                    connection.close(4404, "there is nothing to follow")
                    return
                while True:
                    if topic.board.wait(version, QUIET_SECONDS):
                        version, text = topic.board.since(version)
                        connection.send(text)
                    # What comes meanwhile is sent together; a page that has gone is noticed here.
                    try:
                        connection.recv(1 / SENDS_A_SECOND)
                    except TimeoutError:
                        continue
        except (ConnectionClosed, TimeoutError):
            return
        except ValueError as error:
            connection.close(4400, str(error))
        finally:
            self._connections.discard(connection)


def _silent() -> logging.Logger:
    """Return a logger for connections that come to nothing: browsers open some in advance."""
    logger = logging.getLogger("streamer.console")
    logger.setLevel(logging.CRITICAL)
    return logger


def _file(path: str) -> Answer:
    name = path.removeprefix("/pages/")
    if not path.startswith("/pages/"):
        name = "index.html"  # whatever is looked at, the page reads it from its address
    found = _PAGES / name
    if "/" in name or name.startswith(".") or not found.is_file():
        return Answer(404, b"There is no such page.", "text/plain")
    return Answer(200, found.read_bytes(), mimetypes.guess_type(name)[0] or "text/plain")
