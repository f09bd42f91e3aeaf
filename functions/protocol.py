"""The wire protocol: every frame that crosses the socket, defined once.

The router validates with these models; `src/streamer/client/frames.py` (the clients' types) and
docs/asyncapi.yaml are generated from them, and docs/protocol.md explains them. Timestamps are seconds since
the epoch. Models that the router imports are built when they are first used: a cold start pays for no other.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# Ids become parts of addresses, where clients take "." and ".." for folders.
REQUEST_ID_PATTERN = r"^(\.{3,}|\.*[A-Za-z0-9_:-][A-Za-z0-9._:-]*)$"

RequestId = Annotated[str, StringConstraints(pattern=REQUEST_ID_PATTERN, max_length=128)]


class ErrorCode(StrEnum):
    """What went wrong, for programs; the message beside it is for people."""

    meaning: str  # for the docs

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make a member of its value and its meaning."""
        made = str.__new__(cls, code)
        made._value_, made.meaning = code, meaning
        return made

    VALIDATION_ERROR = (
        "VALIDATION_ERROR",
        "the frame or the payload is not valid; `details` lists every fault as `{path, message}`",
    )
    INVALID_ACTION = "INVALID_ACTION", "no such action; `details.available` lists what exists"
    UNAUTHORIZED = (
        "UNAUTHORIZED",
        "you are not one of the job's approvers, or your token lacks the permission that `details` names",
    )
    NOT_FOUND = "NOT_FOUND", "no such job of your tenant"
    CONFLICT = (
        "CONFLICT",
        "the id belongs to another request; a job to be cancelled has ended; a job does not wait for a "
        "decision, or it was decided already (`details` says what, by whom and when)",
    )
    RATE_LIMITED = (
        "RATE_LIMITED",
        "the tenant has too many jobs in flight, or asks for more `resume`, `upload` and reports at once "
        "than a minute has; nothing was queued",
    )
    PROCESSING_FAILED = (
        "PROCESSING_FAILED",
        "a stage failed for good; `partial` has what there is. "
        "Without `seq`: what was to be answered at once cannot be",
    )
    TIMEOUT = (
        "TIMEOUT",
        "a stage ran out of time, or nobody decided in time; `partial` has what there is",
    )
    CANCELLED = (
        "CANCELLED",
        "the job was cancelled (`details` says by whom), or its execution stopped; "
        "`partial` has what there is",
    )
    INTERNAL_ERROR = "INTERNAL_ERROR", "our fault; nothing more is told"


class Request(BaseModel):
    """Client to server: `{action, id?, payload?, metadata?}`. Other fields are ignored."""

    model_config = ConfigDict(defer_build=True, extra="ignore", strict=True)

    action: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    id: RequestId | None = None
    payload: Any = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class Frame(BaseModel):
    """Server to client: what every frame has."""

    model_config = ConfigDict(defer_build=True)

    request_id: str | None
    timestamp: float


class Acknowledgment(Frame):
    """A job was accepted. Always the first frame of its job: `seq` 0."""

    type: Literal["acknowledgment"] = "acknowledgment"
    seq: Literal[0] = 0
    action: str
    estimate_seconds: float


class Response(Frame):
    """The answer to a synchronous action."""

    type: Literal["response"] = "response"
    data: Any


class Progress(Frame):
    """Where a job is. `percentage` (0-100) never falls; `attempt` counts from 1 within a stage."""

    type: Literal["progress"] = "progress"
    seq: int
    percentage: float = Field(ge=0, le=100)
    message: str
    stage: str
    attempt: int = 1
    status: Literal["running", "retrying"] = "running"
    metadata: dict[str, Any] | None = None


class Complete(Frame):
    """A job ended well; its last frame."""

    type: Literal["complete"] = "complete"
    seq: int
    success: bool
    result: Any


class ErrorBody(BaseModel):
    """What happened, in a code, a sentence, and where it helps in details."""

    model_config = ConfigDict(defer_build=True)

    code: ErrorCode
    message: str
    details: Any | None = None


class Partial(BaseModel):
    """What a job that did not complete leaves behind."""

    model_config = ConfigDict(defer_build=True)

    percentage: float
    message: str
    stage: str | None
    completed_stages: list[str]
    checkpoint: Any | None = None
    result: Any | None = None


class Error(Frame):
    """A request failed; with `seq`, a job did, and this is its last frame."""

    type: Literal["error"] = "error"
    seq: int | None = None
    error: ErrorBody
    partial: Partial | None = None


ServerFrame = Annotated[Acknowledgment | Response | Progress | Complete | Error, Field(discriminator="type")]


def encode(frame: Frame) -> str:
    """Return the frame's JSON text as it crosses the socket; absent optional fields are left out."""
    absent = {name for name in ("seq", "metadata", "partial") if getattr(frame, name, 0) is None}
    if isinstance(frame, Error) and frame.error.details is None:
        return frame.model_dump_json(exclude=dict.fromkeys(absent, True) | {"error": {"details"}})
    return frame.model_dump_json(exclude=absent)
