"""Every frame that crosses the socket, as types for clients.

Generated from functions/protocol.py by `make generate`; do not edit.
"""

from typing import Any, Literal, NotRequired, TypedDict

ErrorCode = Literal[
    "VALIDATION_ERROR",
    "INVALID_ACTION",
    "UNAUTHORIZED",
    "NOT_FOUND",
    "CONFLICT",
    "RATE_LIMITED",
    "PROCESSING_FAILED",
    "TIMEOUT",
    "CANCELLED",
    "INTERNAL_ERROR",
]


class Request(TypedDict):
    """Client to server: `{action, id?, payload?, metadata?}`. Other fields are ignored."""

    action: str
    id: NotRequired[str]
    payload: NotRequired[Any]
    metadata: NotRequired[dict[str, Any]]


class Frame(TypedDict):
    """Server to client: what every frame has."""

    request_id: str | None
    timestamp: float


class Acknowledgment(Frame):
    """A job was accepted. Always the first frame of its job: `seq` 0."""

    type: Literal["acknowledgment"]
    seq: Literal[0]
    action: str
    estimate_seconds: float


class Response(Frame):
    """The answer to a synchronous action."""

    type: Literal["response"]
    data: Any


class Progress(Frame):
    """Where a job is. `percentage` (0-100) never falls; `attempt` counts from 1 within a stage."""

    type: Literal["progress"]
    seq: int
    percentage: float
    message: str
    stage: str
    attempt: int
    status: Literal["running", "retrying"]
    metadata: NotRequired[dict[str, Any]]


class Complete(Frame):
    """A job ended well; its last frame."""

    type: Literal["complete"]
    seq: int
    success: bool
    result: Any


class ErrorBody(TypedDict):
    """What happened, in a code, a sentence, and where it helps in details."""

    code: ErrorCode
    message: str
    details: NotRequired[Any]


class Partial(TypedDict):
    """What a job that did not complete leaves behind."""

    percentage: float
    message: str
    stage: str | None
    completed_stages: list[str]
    checkpoint: NotRequired[Any]
    result: NotRequired[Any]


class Error(Frame):
    """A request failed; with `seq`, a job did, and this is its last frame."""

    type: Literal["error"]
    seq: NotRequired[int]
    error: ErrorBody
    partial: NotRequired[Partial]


ServerFrame = Acknowledgment | Response | Progress | Complete | Error
