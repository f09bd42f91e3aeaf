"""The claim on (tenant, id): the job's row, written once, within the tenant's quota."""

import hashlib
import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from jobs.claims import check_in
from jobs.clients import jobs_table
from jobs.job import Job
from jobs.keys import KEPT_SECONDS, ROW, job_key, shard, tenant_key
from progress.ended import NEVER_STARTED
from protocol import ErrorCode
from router.requests import Rejected

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

MOST_CONFLICTS = 10
RETRY_AFTER_SECONDS = 5


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
    """Write the job's row and count it, or return the claim of the request's first arrival: one call.

    Raises:
        Rejected: CONFLICT, the id belongs to another request; RATE_LIMITED, the quota is used up.
    """
    text = json.dumps([job.action, payload], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    # Its digest is in the name: another request with this id must not replace what the first one's job reads.
    given = check_in(job.folder, f"payload {digest}", payload)
    row = {
        "pk": job_key(job.tenant, job.request_id),
        "sk": ROW,
        "tenant": job.tenant,
        "user": job.user,
        "request_id": job.request_id,
        "action": job.action,
        "digest": digest,
        "status": "RUNNING",
        "running": shard(job.request_id),
        "connections": {connection},
        "expires_at": int(now) + KEPT_SECONDS,
        "accepted_at": f"{now:.3f}",
        "estimate": str(estimate),
        "state_machine": state_machine,
        "execution_input": json.dumps(vars(job) | {"payload": given}),
    }
    for conflict in range(MOST_CONFLICTS):
        try:
            _write(row, job.tenant)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons: Sequence[Any] = error.response["CancellationReasons"]
            if reasons[0]["Code"] == "ConditionalCheckFailed":
                return _first(reasons[0]["Item"], digest, job)
            if reasons[1]["Code"] == "ConditionalCheckFailed":
                raise over_quota(job.request_id) from None
            time.sleep(random.uniform(0, 0.02 * (conflict + 1)))  # noqa: S311 - jitter; another job's count
        else:
            return _of(row)
    raise TimeoutError(f"lost {MOST_CONFLICTS} races for the count of {job.tenant}")


def _write(row: dict[str, Any], tenant: str) -> None:
    table = jobs_table()
    put: TransactWriteItemTypeDef = {
        "Put": {
            "TableName": table.name,
            "Item": row,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    table.meta.client.transact_write_items(TransactItems=[put, within_quota(tenant)])


def within_quota(tenant: str) -> "TransactWriteItemTypeDef":
    """Return the part of a transaction that counts one more job of the tenant, if it may have one."""
    return {
        "Update": {
            "TableName": jobs_table().name,
            "Key": tenant_key(tenant),
            "UpdateExpression": "ADD in_flight :one",
            "ConditionExpression": "attribute_not_exists(in_flight) OR in_flight < :most",
            "ExpressionAttributeValues": {":one": 1, ":most": int(os.environ["MOST_JOBS_PER_TENANT"])},
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


def over_quota(request_id: str) -> Rejected:
    """Return what a request is refused with where its tenant has too many jobs in flight."""
    return Rejected(
        ErrorCode.RATE_LIMITED,
        "Too many of your jobs are running. Nothing was queued.",
        request_id,
        {"retry_after": RETRY_AFTER_SECONDS},
    )
