"""What the HTTP endpoint that stands for AWS does not answer on its event loop: the JWK set, and moto."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from streamer.local.engine.presigned import MISMATCH, is_as_signed
from streamer.local.web.wsgi import Application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_FORM = "application/x-www-form-urlencoded", "application/octet-stream"

_EXPIRED = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Request has expired</Message>\
<X-Amz-Expires>{seconds}</X-Amz-Expires><Expires>{expires:%Y-%m-%dT%H:%M:%SZ}</Expires>\
<ServerTime>{now:%Y-%m-%dT%H:%M:%SZ}</ServerTime></Error>"""


class Endpoint:
    """A WSGI application; `others` takes what is not ours."""

    def __init__(self, jwk_set: bytes, others: Application) -> None:
        self._jwk_set, self._others = jwk_set, others

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        if request.path == "/.well-known/jwks.json":
            return Response(self._jwk_set, mimetype="application/json")(environ, start_response)
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
