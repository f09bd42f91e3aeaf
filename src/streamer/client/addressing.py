"""Which of our messages an incoming one answers."""

from collections.abc import Collection
from typing import Any, TypeGuard

from streamer.client.frames import Error, ServerFrame


def is_frame(message: Any) -> TypeGuard[ServerFrame]:
    """Tell our frames from API Gateway's own errors, `{message, connectionId, requestId}`, and from noise."""
    return (
        isinstance(message, dict)
        and isinstance(message.get("type"), str)
        and isinstance(message.get("request_id", 0), str | None)
    )


def addressee(message: Any, waiting: Collection[str]) -> str | None:
    """Return the id of the message that this one answers or belongs to, or None.

    Errors about a message that could not be read, and API Gateway's own, name none: they belong to the
    single one that waits for its first answer; with several it cannot be told.
    """
    if is_frame(message) and message["request_id"] is not None:
        return message["request_id"]
    nameless = (
        message["type"] == "error"
        if is_frame(message)
        else isinstance(message, dict) and "message" in message
    )
    return next(iter(waiting)) if nameless and len(waiting) == 1 else None


def gateway_error(message: dict[str, Any], request_id: str, timestamp: float) -> Error:
    """Return API Gateway's own error as the error frame of the request that it must belong to."""
    return {
        "type": "error",
        "request_id": request_id,
        "timestamp": timestamp,
        "error": {"code": "INTERNAL_ERROR", "message": str(message["message"]), "details": message},
    }
