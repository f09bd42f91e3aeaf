"""Lambda's Runtime API for one execution environment: what `awslambdaric` polls.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from typing import Protocol

from streamer.local.aws_lambda.invocations import Invocation, Outcome
from streamer.local.web.http_connection import Connection
from streamer.local.web.http_messages import Request, Respond, Response

_ROOT = "/2018-06-01/runtime"
_OK = Response(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')


class Environment(Protocol):
    """What the API serves: an execution environment."""

    arn: str
    timeout: float

    def asks(self) -> None:
        """Take note that the next invocation is awaited; `RuntimeApi.give` answers."""

    def answer(self, request_id: str, outcome: Outcome) -> None:
        """Take the function's answer."""

    def init_failed(self, payload: bytes) -> None:
        """Take the error object of a handler that could not be loaded."""


class RuntimeApi:
    """Serves `environment` on a free port of the loopback, on the running event loop, until `close`."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"  # as AWS_LAMBDA_RUNTIME_API wants it
        self._server: asyncio.Server | None = None
        self._polling: tuple[Respond, Callable[[], bool]] | None = None
        self._connections: set[asyncio.Transport] = set()
        self._closed = False
        self._starting = asyncio.get_running_loop().create_task(self._serve())

    def give(self, invocation: Invocation) -> bool:
        """Hand over an invocation; False if nobody is there to take it."""
        if self._polling is None:
            return False
        respond, has_gone = self._polling
        if has_gone():
            return False
        self._polling = None
        deadline = int((time.time() + self._environment.timeout) * 1000)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": self._environment.arn,
            "Lambda-Runtime-Trace-Id": _trace_id(),
        }
        respond(Response(200, headers, invocation.payload))
        return True

    def close(self) -> None:
        """Serve no more."""
        self._closed, self._polling = True, None
        if self._server:  # or it sees, when it has begun to serve
            self._server.close()
        for transport in self._connections:
            transport.close()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), sock=self._socket)
        if self._closed:
            self._server.close()

    def handle(self, request: Request, respond: Respond, has_gone: Callable[[], bool]) -> None:
        """Answer one request of the runtime client, of which `has_gone` says whether it still waits."""
        match request.path.removeprefix(_ROOT).strip("/").split("/"):
            case ["invocation", "next"]:
                self._polling = respond, has_gone
                self._environment.asks()
                return
            case ["init", "error"]:
                self._environment.init_failed(request.body)
            case ["invocation", request_id, "response"]:
                self._environment.answer(request_id, Outcome(request.body))
            case ["invocation", request_id, "error"]:
                self._environment.answer(request_id, Outcome(request.body, failed=True))
            case _:
                respond(Response(404, {}, b"{}"))
                return
        respond(_OK)

    def opened(self, transport: asyncio.Transport) -> Callable[[], None]:
        """Remember a connection until what is returned is called."""
        self._connections.add(transport)
        return lambda: self._connections.discard(transport)


class _Connection(Connection):
    """A connection of the runtime client, known to its API."""

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(lambda request, respond: api.handle(request, respond, self._has_gone))
        self._api = api

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._forget = self._api.opened(self.transport)
        # The transport's own socket is not for reading.
        self._peer = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))

    def connection_lost(self, error: Exception | None) -> None:
        self._peer.close()
        self._forget()
        super().connection_lost(error)

    def _has_gone(self) -> bool:
        """Whether the other end has closed, also where the event loop has not been told yet."""
        try:
            return not self._peer.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


def _trace_id() -> str:
    span = os.urandom(12).hex()
    return f"Root=1-{int(time.time()):08x}-{span};Parent={span[:16]};Sampled=0"
