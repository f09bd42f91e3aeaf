"""An HTTP server on a socket that listens already, in threads."""

from collections.abc import Callable, Iterable
from socket import socket
from threading import Thread

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class HttpServer:
    """Serves a WSGI application on a listening socket, in threads, until `close`."""

    def __init__(self, sock: socket, application: Callable[..., Iterable[bytes]]) -> None:
        host, port = sock.getsockname()
        self._socket = sock
        self._server: BaseWSGIServer = make_server(
            host, port, application, threaded=True, request_handler=_Handler, fd=sock.fileno()
        )
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop accepting requests; those under way end by themselves."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._socket.close()


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 — the base class's name
        """Stay silent: functions report what matters."""
