"""The HTTP endpoint that stands for AWS: `@connections`, Lambda's Invoke, the JWK set, and moto."""

import asyncio
import json
import re
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import TimeoutError as Late
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from streamer.local.api_gateway.gateway import Gateway, Gone, TooLarge
from streamer.local.aws_lambda.lambdas import FunctionNotFound, Lambdas
from streamer.local.engine.presigned import MISMATCH, is_as_signed
from streamer.local.web_pages import Pages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_CONNECTION = re.compile(r"/[^/]+/@connections/(?P<id>[^/]+)")
_INVOCATION = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
# moto's own: it resets everything, for whoever asks.
_NOT_OF_AWS = "/moto-api"
_SEND_SECONDS = 29
_FORM = "application/x-www-form-urlencoded", "application/octet-stream"

_EXPIRED = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Request has expired</Message>\
<X-Amz-Expires>{seconds}</X-Amz-Expires><Expires>{expires:%Y-%m-%dT%H:%M:%SZ}</Expires>\
<ServerTime>{now:%Y-%m-%dT%H:%M:%SZ}</ServerTime></Error>"""


class Endpoint:
    """A WSGI application. `gateway` belongs to the event loop `loop`; `others` takes what is not ours.

    What `pages` refuses gets no further.
    """

    def __init__(
        self,
        gateway: Gateway,
        loop: asyncio.AbstractEventLoop,
        lambdas: Lambdas,
        jwk_set: bytes,
        others: Callable[..., Iterable[bytes]],
        pages: Pages,
    ) -> None:
        self._gateway, self._loop, self._lambdas = gateway, loop, lambdas
        self._jwk_set, self._others, self._pages = jwk_set, others, pages

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        if refusal := self._pages.refusal(request):
            return _error(403, "AccessDeniedException", refusal)(environ, start_response)
        if match := _CONNECTION.fullmatch(request.path):
            return self._connections(request, match["id"])(environ, start_response)
        if request.path.startswith(_NOT_OF_AWS):
            return _error(404, "NotFoundException", "There is nothing at this path")(environ, start_response)
        if (match := _INVOCATION.fullmatch(request.path)) and request.method == "POST":
            return self._invoke(request, match["name"])(environ, start_response)
        if request.path == "/.well-known/jwks.json":
            return Response(self._jwk_set, mimetype="application/json")(environ, start_response)
        if request.method == "OPTIONS":  # a preflight comes without a signature of its own
            return self._others(environ, start_response)
        expired = expiry(request.args, datetime.now(UTC))
        if expired:
            return Response(expired, 403, mimetype="application/xml")(environ, start_response)
        if not is_as_signed(request.method, environ["RAW_URI"], request.headers):
            return Response(MISMATCH, 403, mimetype="application/xml")(environ, start_response)
        if request.method == "PUT":
            # curl calls a body a form unless told otherwise; moto takes forms apart, and would store nothing.
            environ["CONTENT_TYPE"] = environ.get("CONTENT_TYPE", "").replace(*_FORM)
        return self._others(environ, start_response)

    def _connections(self, request: Request, connection_id: str) -> Response:
        try:
            match request.method:
                case "POST":
                    self._run(self._gateway.post(connection_id, request.get_data()))
                    return Response(status=200)
                case "GET":
                    return _json(self._run(self._gateway.describe(connection_id)))
                case "DELETE":
                    self._run(self._gateway.disconnect(connection_id))
                    return Response(status=204)
                case _:
                    return _error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        except Gone:
            return _error(410, "GoneException", "The connection is gone")
        except TooLarge:
            return _error(413, "PayloadTooLargeException", "Message too long")
        except Late:
            return _error(504, "TimeoutException", "The client takes no more")

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SEND_SECONDS)

    def _invoke(self, request: Request, name: str) -> Response:
        payload = request.get_data() or b"{}"
        headers = {"X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": str(uuid.uuid4())}
        try:
            match request.headers.get("X-Amz-Invocation-Type", "RequestResponse"):
                case "Event":
                    self._lambdas.send(name, payload)
                    return Response(status=202, headers=headers)
                case "DryRun":
                    return Response(status=204, headers=headers)
            outcome = self._lambdas.invoke(name, payload).result()
        except FunctionNotFound:
            return _error(404, "ResourceNotFoundException", f"Function not found: {name}")
        if outcome.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return Response(outcome.payload, 200, headers, mimetype="application/json")


def expiry(query: Any, now: datetime) -> str | None:
    """Return S3's error document if the presigned `query` has expired, else None; moto does not look."""
    try:
        signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        seconds = int(query["X-Amz-Expires"])
        expires = signed + timedelta(seconds=seconds)
    except (KeyError, ValueError, OverflowError):
        return None
    return _EXPIRED.format(seconds=seconds, expires=expires, now=now) if now > expires else None


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, mimetype="application/json")


def _error(status: int, kind: str, message: str) -> Response:
    return _json({"message": message, "Message": message}, status, {"x-amzn-ErrorType": kind})
