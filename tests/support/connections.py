"""`@connections` as an HTTP server of our own: it keeps what is pushed, and fails when told to."""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


class Connections:
    """Frames by connection id. `refuse[id]` lists HTTP statuses to answer, one a push, before accepting."""

    def __init__(self) -> None:
        self.frames: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.refuse: dict[str, list[int]] = defaultdict(list)
        self.posts = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                connection = unquote(self.path.rsplit("/", 1)[1])
                status = outer.take(connection, body)
                self.send_response(status)
                if status == 410:
                    self.send_header("x-amzn-ErrorType", "GoneException")
                elif status == 429:
                    self.send_header("x-amzn-ErrorType", "LimitExceededException")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/live"

    def take(self, connection: str, body: bytes) -> int:
        self.posts += 1
        if self.refuse[connection]:
            return self.refuse[connection].pop(0)
        self.frames[connection].append(json.loads(body))
        return 200

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
