"""Lambda's Runtime API for one execution environment: what `awslambdaric` polls.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import time
import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Protocol

_ROOT = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: the function's answer, or with `failed` Lambda's error object, as JSON."""

    payload: bytes
    failed: bool = False


@dataclass(eq=False)
class Invocation:
    """One event on its way through a function. `future` always ends with an Outcome, never raises."""

    payload: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    future: Future[Outcome] = field(default_factory=Future)

    def fault(self, kind: str, what: str) -> Outcome:
        """Return the outcome for an invocation that Lambda itself has ended."""
        body = {"errorType": kind, "errorMessage": f"RequestId: {self.request_id} Error: {what}"}
        return Outcome(json.dumps(body).encode(), failed=True)


class Environment(Protocol):
    """What the API serves: an execution environment."""

    arn: str
    timeout: float

    def next(self) -> Invocation | None:
        """Wait for the next invocation; None when the environment ends."""

    def answer(self, request_id: str, outcome: Outcome) -> None:
        """Take the function's answer."""

    def init_failed(self, payload: bytes) -> None:
        """Take the error object of a handler that could not be loaded."""


class RuntimeApi(ThreadingHTTPServer):
    """Serves `environment` on a free port of the loopback until `shutdown`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, environment: Environment) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.environment = environment
        Thread(target=self.serve_forever, name="runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """Return `host:port`, as AWS_LAMBDA_RUNTIME_API wants it."""
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a worker that was killed breaks its connection, and that is reported elsewhere."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    server: RuntimeApi

    def do_GET(self) -> None:
        invocation = self.server.environment.next()
        if invocation is None:
            self.close_connection = True
            return
        environment = self.server.environment
        deadline = int((time.time() + environment.timeout) * 1000)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Lambda-Runtime-Aws-Request-Id", invocation.request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", environment.arn)
        self.send_header("Lambda-Runtime-Trace-Id", _trace_id())
        self._finish(invocation.payload)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match self.path.removeprefix(_ROOT).strip("/").split("/"):
            case ["init", "error"]:
                self.server.environment.init_failed(body)
            case ["invocation", request_id, "response"]:
                self.server.environment.answer(request_id, Outcome(body))
            case ["invocation", request_id, "error"]:
                self.server.environment.answer(request_id, Outcome(body, failed=True))
            case _:
                self.send_response(404)
                self._finish(b"{}")
                return
        self.send_response(202)
        self._finish(b'{"status":"OK"}')

    def _finish(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the base class's name
        """Stay silent: workers report what matters in their own log."""


def _trace_id() -> str:
    span = uuid.uuid4().hex
    return f"Root=1-{int(time.time()):08x}-{span[:24]};Parent={span[16:]};Sampled=0"
