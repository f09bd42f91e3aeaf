"""The AWS endpoint's front, on the event loop: what a job's path takes is answered here, the rest in threads.

Here: `@connections`, Lambda's Invoke and GetFunctionConfiguration, DynamoDB's data. Only requests that name
this very address, and come from no web page, are answered here; of all others `Endpoint` decides.
"""

import asyncio
import json
import re
import uuid
from collections.abc import Coroutine
from functools import partial
from socket import socket
from typing import Any
from urllib.parse import unquote

from streamer.local.api_gateway.gateway import Gateway, Gone, TooLarge
from streamer.local.aws_lambda.invocations import Outcome, when_done
from streamer.local.aws_lambda.lambdas import FunctionNotFound, Lambdas
from streamer.local.engine import dynamodb
from streamer.local.web.http_connection import Connection
from streamer.local.web.http_messages import Request, Respond, Response
from streamer.local.web.wsgi import Application, Wsgi

_CONNECTION = re.compile(r"/[^/]+/@connections/(?P<id>[^/]+)")
_CONFIGURATION = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/configuration")
_INVOCATION = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_SEND_SECONDS = 29
_JSON = {"Content-Type": "application/json"}


class Front:
    """Serves HTTP on `sock`, on the event loop of `gateway`; `endpoint` takes what is not answered here."""

    def __init__(self, sock: socket, gateway: Gateway, lambdas: Lambdas, endpoint: Application) -> None:
        self._socket, self._gateway, self._lambdas = sock, gateway, lambdas
        host, port = sock.getsockname()[:2]
        self._hosts = {f"{name}:{port}" for name in (host, "localhost")}
        self._others = Wsgi(endpoint, (host, port))
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to serve."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self.answer), sock=self._socket, backlog=512
        )

    def close(self) -> None:
        """Accept nothing more; what is under way ends by itself."""
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()

    def answer(self, request: Request, respond: Respond) -> None:
        """Answer one request."""
        path, target = unquote(request.path), request.headers.get("x-amz-target", "")
        if request.headers.get("host") not in self._hosts or "origin" in request.headers:
            self._others(request, respond)
        elif match := _CONNECTION.fullmatch(path):
            self._spawn(self._connections(request, match["id"], respond))
        elif request.method == "POST" and (match := _INVOCATION.fullmatch(path)):  # a page's <img> is a GET
            self._invoke(request, match["name"], respond)
        elif request.method == "GET" and (match := _CONFIGURATION.fullmatch(path)):
            self._configuration(match["name"], respond)
        elif dynamodb.takes(target, request.body) and (answer := dynamodb.answer(target, request.body)):
            respond(Response(*answer))
        else:
            self._others(request, respond)

    async def _connections(self, request: Request, connection_id: str, respond: Respond) -> None:
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                respond(await self._connection(request, connection_id))
        except Gone:
            respond(_error(410, "GoneException", "The connection is gone"))
        except TooLarge:
            respond(_error(413, "PayloadTooLargeException", "Message too long"))
        except TimeoutError:
            respond(_error(504, "TimeoutException", "The client takes no more"))

    async def _connection(self, request: Request, connection_id: str) -> Response:
        match request.method:
            case "POST":
                await self._gateway.post(connection_id, request.body)
                return Response(200, {})
            case "GET":
                return Response(200, _JSON, json.dumps(await self._gateway.describe(connection_id)).encode())
            case "DELETE":
                await self._gateway.disconnect(connection_id)
                return Response(204, {})
        return _error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")

    def _invoke(self, request: Request, name: str, respond: Respond) -> None:
        payload = request.body or b"{}"
        headers = {"X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": str(uuid.uuid4())}
        try:
            match request.headers.get("x-amz-invocation-type", "RequestResponse"):
                case "Event":
                    self._lambdas.send(name, payload)
                    respond(Response(202, headers))
                case "DryRun":
                    respond(Response(204, headers))
                case _:
                    when_done(self._lambdas.invoke(name, payload), partial(_tell, headers, respond))
        except FunctionNotFound:
            respond(_error(404, "ResourceNotFoundException", f"Function not found: {name}"))

    def _configuration(self, name: str, respond: Respond) -> None:
        try:
            respond(Response(200, _JSON, json.dumps(self._lambdas.describe(name)).encode()))
        except FunctionNotFound:
            respond(_error(404, "ResourceNotFoundException", f"Function not found: {name}"))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _tell(headers: dict[str, str], respond: Respond, outcome: Outcome) -> None:
    failed = {"X-Amz-Function-Error": "Unhandled"} if outcome.failed else {}
    respond(Response(200, {**_JSON, **headers, **failed}, outcome.payload))


def _error(status: int, kind: str, message: str) -> Response:
    body = json.dumps({"message": message, "Message": message}).encode()
    return Response(status, {**_JSON, "x-amzn-ErrorType": kind}, body)
