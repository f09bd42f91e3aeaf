"""The claim on (tenant, id): the job's row, written once, within the tenant's quota."""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.claims import check_in
from jobs.clients import jobs_table
from jobs.closing import NEVER_STARTED
from jobs.job import Job
from jobs.keys import KEPT_SECONDS, ROW, job_key, shard
from protocol import ErrorCode
from router.admitting import admit
from router.requests import Rejected

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


@dataclass(frozen=True)
class Claim:
    """What the job's row says of its beginning; the same for every repetition of the request.

    With `never_began` the job was closed because nothing of it ever ran.
    """

    accepted_at: str
    estimate: float
    state_machine: str
    execution_input: str
    existed: bool = False
    running: bool = True
    never_began: bool = False


def claim(job: Job, payload: Any, estimate: float, state_machine: str, connection: str, now: float) -> Claim:
    """Write the job's row and count it, or return the claim of the request's first arrival: one call, mostly.

    Raises:
        Rejected: CONFLICT, the id belongs to another request; RATE_LIMITED, the quota is used up.
        TransientError: others claim and end jobs all the time.
    """
    text = json.dumps([job.action, payload], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    # Its digest is in the name: another request with this id must not replace what the first one's job reads.
    given = check_in(job.folder, f"payload {digest}", payload)
    row: dict[str, Any] = {
        "pk": job_key(job.tenant, job.request_id),
        "sk": ROW,
        "tenant": job.tenant,
        "user": job.user,
        "request_id": job.request_id,
        "action": job.action,
        "digest": digest,
        "status": "RUNNING",
        "running": shard(job.request_id),
        "expires_at": int(now) + KEPT_SECONDS,
        "accepted_at": f"{now:.3f}",
        "estimate": str(estimate),
        "state_machine": state_machine,
        "execution_input": json.dumps(vars(job) | {"payload": given}),
    }
    if connection:  # an operator's request comes from none
        row["connections"] = {connection}
    reasons = admit(job.tenant, job.request_id, lambda part: [_put(row | {"counted_in": part})])
    return _first(reasons[0]["Item"], digest, job) if reasons else _of(row)


def _put(row: dict[str, Any]) -> "TransactWriteItemTypeDef":
    return {
        "Put": {
            "TableName": jobs_table().name,
            "Item": row,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def _first(item: dict[str, Any], digest: str, job: Job) -> Claim:
    """Read the claim of the request's first arrival from what the failed put brought back."""
    row = {
        name: next(iter(value.values())) if isinstance(value, dict) else value for name, value in item.items()
    }
    if row["digest"] != digest:
        message = "The id belongs to another request; choose a new one."
        raise Rejected(ErrorCode.CONFLICT, message, job.request_id)
    return _of(row, existed=True)


def _of(row: dict[str, Any], *, existed: bool = False) -> Claim:
    return Claim(
        accepted_at=row["accepted_at"],
        estimate=float(row["estimate"]),
        state_machine=row["state_machine"],
        execution_input=row["execution_input"],
        existed=existed,
        running=row["status"] == "RUNNING",
        never_began=row["status"] == "FAILED" and row.get("cause") == NEVER_STARTED,
    )
