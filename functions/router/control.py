"""Control actions: what a client may ask about its own jobs. The engine brings them; no job runs them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from protocol import RequestId
from router.answers import Cancelled, Decided, JobPage, JobStatus, Replay, Snapshot
from router.registry import Identity, Registry

Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}[.][0-9]{3}/[A-Za-z0-9._:-]{1,128}$")]


class JobReference(BaseModel):
    """The payload of `status` and `cancel`."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"request_id": "report-1"}]},
    )

    request_id: RequestId = Field(description="the job's id: that of the request that started it")


class ResumePoint(BaseModel):
    """The payload of `resume`."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"request_id": "report-1", "seq": 11}]},
    )

    request_id: RequestId = Field(description="the job's id")
    seq: int = Field(
        ge=-1, description="the last frame that the client has without a hole before it, -1 for none"
    )


class Verdict(BaseModel):
    """The payload of `approve`: what one of the job's approvers says."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"request_id": "report-1", "decision": "approve"}]},
    )

    request_id: RequestId
    decision: Literal["approve", "reject", "extend"]
    comment: Annotated[str, StringConstraints(max_length=1000)] | None = None


class Page(BaseModel):
    """The payload of `list`."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"limit": 2}, {"limit": 2, "cursor": "1385251200.104/report-1"}]},
    )

    limit: int = Field(default=20, ge=1, le=100, description="how many jobs")
    cursor: Cursor | None = Field(default=None, description="where the page before ended: its `cursor`")


def register(actions: Registry) -> None:
    """Add the control actions to an application's own."""
    actions.add("status", JobReference, estimate=0, handler=status)
    actions.add("list", Page, estimate=0, handler=list_jobs)
    actions.add("resume", ResumePoint, estimate=0, handler=resume, costly=True)
    actions.add("cancel", JobReference, estimate=0, handler=cancel)
    actions.add("approve", Verdict, estimate=0, handler=approve)


# What they do is imported when it is asked for: an echo does not pay for boto3.


def status(payload: JobReference, identity: Identity) -> JobStatus:
    """Return a job of the caller's tenant: its status, percentage, times, and result or error."""
    from router import inquiry

    return inquiry.describe(inquiry.find(identity, payload.request_id))


def list_jobs(payload: Page, identity: Identity) -> JobPage:
    """Return the tenant's jobs, newest first, as `{jobs, cursor}`; no cursor on the last page."""
    from router import inquiry

    return inquiry.page(identity.tenant, payload.limit, payload.cursor)


def resume(payload: ResumePoint, identity: Identity) -> Replay | Snapshot:
    """Return the frames after `seq`, and let the connection follow the job from there on."""
    from router import inquiry, replay

    return replay.replay(inquiry.find(identity, payload.request_id), payload.seq, identity.connection)


def cancel(payload: JobReference, identity: Identity) -> Cancelled:
    """End a job with CANCELLED and what it has, and abort its execution; another user's with a permission."""
    from router import cancelling, inquiry

    return cancelling.cancel(inquiry.find(identity, payload.request_id), identity)


def approve(payload: Verdict, identity: Identity) -> Decided:
    """Bring a decision to a job that waits for it, or give its approvers more time to decide."""
    from router import approving, inquiry

    log = inquiry.find(identity, payload.request_id)
    if payload.decision == "extend":
        approving.extend(log, identity)
    else:
        approving.decide(log, identity, payload.decision, payload.comment)
    return {"request_id": log.request_id, "decision": payload.decision}
