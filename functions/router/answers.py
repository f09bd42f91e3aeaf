"""What the control actions answer. Times are in seconds since the epoch."""

# pydantic reads them for `streamer types`; before Python 3.12 it wants typing_extensions' TypedDict.

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from protocol import ErrorBody, Partial

Status = Literal["RUNNING", "COMPLETED", "FAILED", "CANCELLED"]


class JobSummary(TypedDict):
    """A job, as `list` tells it. `ended_at` is null while it runs."""

    request_id: str
    action: str
    status: Status
    started_at: float
    ended_at: float | None


class JobStatus(JobSummary):
    """All that is known of a job. `seq` is its last frame's number; how it ended is there once it has."""

    percentage: float
    stage: str | None
    seq: int
    success: NotRequired[bool]
    result: NotRequired[Any]
    error: NotRequired[ErrorBody]
    partial: NotRequired[Partial]


class JobPage(TypedDict):
    """Some of the tenant's jobs, newest first; `cursor` leads to the next page, null on the last."""

    jobs: list[JobSummary]
    cursor: str | None


class Replay(TypedDict):
    """Every frame after the one that was named; with `more`, ask again from the last of them."""

    recovered: Literal[True]
    frames: list[dict[str, Any]]
    more: bool


class Snapshot(TypedDict):
    """What is left of a job whose frames have expired."""

    recovered: Literal[False]
    snapshot: JobStatus
    more: Literal[False]


class Cancelled(TypedDict):
    """The job that was cancelled."""

    request_id: str
    status: Literal["CANCELLED"]


class Decided(TypedDict):
    """The job that was decided on, and how."""

    request_id: str
    decision: Literal["approve", "reject", "extend"]
