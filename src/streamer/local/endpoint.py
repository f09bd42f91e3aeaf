"""What the HTTP endpoint that stands for AWS does not answer on its event loop: the JWK set, and moto."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from streamer.local.engine.presigned import MISMATCH, is_as_signed
from streamer.local.web.wsgi import Application
from streamer.local.web_pages import Pages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# moto's own: it resets everything, for whoever asks.
_NOT_OF_AWS = "/moto-api"
_FORM = "application/x-www-form-urlencoded", "application/octet-stream"

_EXPIRED = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Request has expired</Message>\
<X-Amz-Expires>{seconds}</X-Amz-Expires><Expires>{expires:%Y-%m-%dT%H:%M:%SZ}</Expires>\
<ServerTime>{now:%Y-%m-%dT%H:%M:%SZ}</ServerTime></Error>"""


class Endpoint:
    """A WSGI application; `others` takes what is not ours. What `pages` refuses gets no further."""

    def __init__(self, jwk_set: bytes, others: Application, pages: Pages) -> None:
        self._jwk_set, self._others, self._pages = jwk_set, others, pages

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        if refusal := self._pages.refusal(request):
            return _error(403, "AccessDeniedException", refusal)(environ, start_response)
        if request.path.startswith(_NOT_OF_AWS):
            return _error(404, "NotFoundException", "There is nothing at this path")(environ, start_response)
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


def expiry(query: Any, now: datetime) -> str | None:
    """Return S3's error document if the presigned `query` has expired, else None; moto does not look."""
    try:
        signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        seconds = int(query["X-Amz-Expires"])
        expires = signed + timedelta(seconds=seconds)
    except (KeyError, ValueError, OverflowError):
        return None
    return _EXPIRED.format(seconds=seconds, expires=expires, now=now) if now > expires else None


def _error(status: int, kind: str, message: str) -> Response:
    body = json.dumps({"message": message, "Message": message})
    return Response(body, status, {"x-amzn-ErrorType": kind}, mimetype="application/json")
