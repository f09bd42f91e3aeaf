"""Control actions: what a client may ask about its own jobs. The engine brings them; no job runs them."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from protocol import ErrorCode, RequestId
from router.registry import Identity, Registry
from router.requests import Rejected


class JobReference(BaseModel):
    """The payload of `status`."""

    model_config = ConfigDict(extra="forbid")

    request_id: RequestId


def register(actions: Registry) -> None:
    """Add the control actions to an application's own."""
    actions.add("status", JobReference, estimate=0, handler=status)


def status(payload: JobReference, identity: Identity) -> dict[str, Any]:
    """Return a job of the caller's tenant: its status, percentage, times, and result or error.

    Raises:
        Rejected: NOT_FOUND, also where the job is another tenant's.
    """
    # Imported here: an echo does not pay for boto3.
    from progress.errors import PermanentError
    from progress.log import JobLog

    log = JobLog(identity.tenant, payload.request_id)
    try:
        log.load()
    except PermanentError:
        raise Rejected(ErrorCode.NOT_FOUND, "There is no such job.") from None
    row, end = log.row, log.end
    answer: dict[str, Any] = {
        "request_id": payload.request_id,
        "action": row["action"],
        "status": row["status"],
        "percentage": float(row.get("percentage", end.percentage)),
        "stage": end.stages[-1] if end.stages else None,
        "seq": end.seq,
        "started_at": float(row["accepted_at"]),
        "ended_at": float(row["ended_at"]) if "ended_at" in row else None,
    }
    return answer | {name: json.loads(row[name]) for name in ("result", "error", "partial") if name in row}
