"""API Gateway's shapes: the events that its WebSocket API hands to functions, and what it answers itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

import base64
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from streamer.local.api_gateway.routes import Api
from streamer.local.aws import ACCOUNT, REGION

Event = dict[str, Any]
Pairs = list[tuple[str, str]]


def new_id(length: int = 12) -> str:
    """Return an id such as API Gateway makes, of `length` random bytes."""
    return base64.urlsafe_b64encode(os.urandom(length)).decode()


@dataclass
class Caller:
    """The client of one connection, as its handshake showed it. `connected_at` is in seconds."""

    api: Api
    path: str
    headers: Pairs
    source_ip: str
    id: str = field(default_factory=new_id)
    connected_at: float = field(default_factory=time.time)
    authorizer: dict[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> Pairs:
        """Return the handshake's query parameters."""
        return parse_qsl(urlsplit(self.path).query, keep_blank_values=True)

    @property
    def user_agent(self) -> str | None:
        """Return the User-Agent header."""
        return self.header("User-Agent")

    @property
    def method_arn(self) -> str:
        """Return what an authorizer's policy must allow."""
        return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.api.id}/{self.api.stage}/$connect"

    def header(self, name: str) -> str | None:
        """Return the last header of this name, in whatever case."""
        return next((value for key, value in reversed(self.headers) if key.lower() == name.lower()), None)

    def identifies(self, source: str) -> bool:
        """Say whether an identity source, such as `route.request.header.Auth`, is in the handshake."""
        place, _, name = source.removeprefix("route.request.").partition(".")
        return bool(self.header(name) if place == "header" else dict(self.query).get(name))


def authorize(caller: Caller) -> Event:
    """Return what the REQUEST authorizer is asked."""
    return {
        "type": "REQUEST",
        "methodArn": caller.method_arn,
        **_request(caller),
        "queryStringParameters": dict(caller.query),
        "multiValueQueryStringParameters": _many(caller.query),
        "stageVariables": {},
        "requestContext": _context(caller, "$connect", "CONNECT"),
    }


def connect(caller: Caller) -> Event:
    """Return the event of the $connect route. Without a query, its query fields are absent."""
    query = (
        {
            "queryStringParameters": dict(caller.query),
            "multiValueQueryStringParameters": _many(caller.query),
        }
        if caller.query
        else {}
    )
    return {
        **_request(caller),
        **query,
        "requestContext": _context(caller, "$connect", "CONNECT"),
        "isBase64Encoded": False,
    }


def message(caller: Caller, route: str, body: str) -> Event:
    """Return the event of a client's message."""
    context = _context(caller, route, "MESSAGE") | {"messageId": new_id()}
    return {"requestContext": context, "body": body, "isBase64Encoded": False}


def disconnect(caller: Caller, code: int, reason: str) -> Event:
    """Return the event of the $disconnect route."""
    headers = [("Host", caller.header("Host") or ""), ("x-api-key", ""), ("x-restapi", "")]
    context = _context(caller, "$disconnect", "DISCONNECT")
    return {
        "headers": dict(headers),
        "multiValueHeaders": _many(headers),
        "requestContext": context | {"disconnectStatusCode": code, "disconnectReason": reason},
        "isBase64Encoded": False,
    }


def select_route(api: Api, body: str) -> str | None:
    """Return the key of the route that takes this message: the selected one, $default, or none."""
    try:
        value = json.loads(body)
        for name in api.selection.removeprefix("$request.body.").split("."):
            value = value[name]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        value = None
    if isinstance(value, str) and value in api.routes and not value.startswith("$"):
        return value
    return "$default" if "$default" in api.routes else None


def refusal(text: str, connection_id: str, request_id: str) -> str:
    """Return a body of API Gateway's own: generic, whatever happened."""
    return json.dumps({"message": text, "connectionId": connection_id, "requestId": request_id})


def _request(caller: Caller) -> Event:
    return {"headers": dict(caller.headers), "multiValueHeaders": _many(caller.headers)}


def _context(caller: Caller, route: str, kind: str) -> Event:
    now, request_id = time.time(), new_id()
    context = {
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "messageDirection": "IN",
        "stage": caller.api.stage,
        "connectedAt": int(caller.connected_at * 1000),
        "requestTimeEpoch": int(now * 1000),
        "identity": {"sourceIp": caller.source_ip, "userAgent": caller.user_agent},
        "requestId": request_id,
        "domainName": caller.header("Host") or "",
        "connectionId": caller.id,
        "apiId": caller.api.id,
    }
    return context | ({"authorizer": caller.authorizer} if caller.authorizer else {})


def _many(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return many
