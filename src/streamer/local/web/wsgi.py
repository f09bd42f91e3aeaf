"""A WSGI application beside the event loop, in threads."""

import asyncio
import io
import logging
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Thread
from typing import Any
from urllib.parse import unquote_to_bytes

from streamer.local.web.http_messages import Request, Respond, Response

Application = Callable[..., Iterable[bytes]]
logger = logging.getLogger(__name__)


class Wsgi:
    """A handler that lets `application` answer; `server` is the host and port that it is told."""

    def __init__(self, application: Application, server: tuple[str, int]) -> None:
        self._application, self._server = application, server

    def __call__(self, request: Request, respond: Respond) -> None:
        """Answer when a thread has."""
        loop = asyncio.get_running_loop()

        def answer() -> None:
            response = Response(500, {})
            try:
                response = self._run(request)
            except Exception:
                logger.exception("%s %s", request.method, request.path)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(respond, response)

        # A daemon: what takes long must not hold up the runner's end.
        Thread(target=answer, name="wsgi", daemon=True).start()

    def _run(self, request: Request) -> Response:
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            head[:] = [int(status.split()[0]), headers]

        parts = self._application(_environ(request, self._server), start_response)
        try:
            body = b"".join(parts)
        finally:
            if close := getattr(parts, "close", None):
                close()
        return Response(head[0], dict(head[1]), body)


def _environ(request: Request, server: tuple[str, int]) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "REMOTE_ADDR": server[0],
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        # Others would be taken for what they are not; the body has been read, whatever its form was.
        if "_" not in name and name not in {"content-length", "transfer-encoding", "expect"}:
            key = name.upper().replace("-", "_")
            environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
