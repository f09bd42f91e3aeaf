"""The opening handshake: the authorizer decides, then the $connect route."""

from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Response

from streamer.local.api_gateway import events
from streamer.local.api_gateway.decision import Refused, read_decision
from streamer.local.api_gateway.events import Caller
from streamer.local.api_gateway.integrations import Failed, Integrations

_CLIENT_ERRORS = {status for status in HTTPStatus if 400 <= status < 500}


async def accept(caller: Caller, integrations: Integrations) -> str | None:
    """Put the authorizer's context into `caller`; return the subprotocol that $connect selects, if any.

    Raises Refused: 403 for another path than the stage's, what the authorizer decides, a 4xx status of
    the $connect route, and 500 for whatever else goes wrong.
    """
    if caller.path.startswith("//") or urlsplit(caller.path).path.strip("/") != caller.api.stage:
        raise Refused(403)
    try:
        await _authorize(caller, integrations)
        return await _connect(caller, integrations)
    except Failed:
        raise Refused(500) from None


def refuse(status: int, caller: Caller) -> Response:
    """Return API Gateway's response to a handshake that is refused."""
    # HTTP's own phrase has its capitals elsewhere.
    texts = {500: "Internal server error"}
    phrase, request_id = HTTPStatus(status).phrase, events.new_id()
    body = events.refusal(texts.get(status, phrase), caller.id, request_id).encode()
    headers = Headers(
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "x-amzn-RequestId": request_id,
        }
    )
    return Response(status, phrase, headers, body)


async def _authorize(caller: Caller, integrations: Integrations) -> None:
    if caller.api.authorizer is None:
        return
    if not all(caller.identifies(source) for source in caller.api.identity_sources):
        raise Refused(401)
    outcome = await integrations.call(caller.api.authorizer, events.authorize(caller))
    caller.authorizer = read_decision(outcome, caller.method_arn)


async def _connect(caller: Caller, integrations: Integrations) -> str | None:
    route = caller.api.routes.get("$connect")
    if route is None:
        return None
    answer = await integrations.answer(route.function, events.connect(caller))
    status = answer["statusCode"]
    if not 200 <= status < 300:
        raise Refused(status if status in _CLIENT_ERRORS else 500)
    headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    return headers.get("sec-websocket-protocol")
