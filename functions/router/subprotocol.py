"""Browsers cannot set headers: they offer their token as a subprotocol of the WebSocket."""

from typing import Any


def offered(event: dict[str, Any]) -> list[str]:
    """Return the subprotocols that a `$connect` or authorizer event's client offers, in its order."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    names = headers.get("sec-websocket-protocol", "").split(",")
    return [name.strip() for name in names if name.strip()]


def is_token(name: str) -> bool:
    """Whether a subprotocol is a token: JWTs have two dots, names of protocols do not."""
    return name.count(".") == 2
