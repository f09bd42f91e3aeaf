"""The claim on (tenant, id): the job's row, written once, within the tenant's quota."""

import hashlib
import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from jobs import quota
from jobs.claims import check_in
from jobs.clients import jobs_table
from jobs.clock import SystemClock
from jobs.job import Job
from jobs.keys import KEPT_SECONDS, ROW, job_key, shard
from jobs.patience import tries
from protocol import ErrorCode
from router.requests import Rejected

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True)
class Claim:
    """What the job's row says of its beginning; the same for every repetition of the request."""

    accepted_at: str
    estimate: float
    state_machine: str
    execution_input: str
    existed: bool = False
    running: bool = True


def claim(job: Job, payload: Any, estimate: float, state_machine: str, connection: str, now: float) -> Claim:
    """Write the job's row and count it, or return the claim of the request's first arrival: one call.

    Where the part of the quota that it tries is full, a second one asks which are not.

    Raises:
        Rejected: CONFLICT, the id belongs to another request; RATE_LIMITED, the quota is used up.
        TransientError: others claim and end jobs all the time.
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
    shares = quota.shares(int(os.environ["MOST_JOBS_PER_TENANT"]))
    parts = list(range(len(shares)))
    for _ in tries(SystemClock(), "claiming a job"):
        part = random.choice(parts)  # noqa: S311 - spread, so that few claims meet
        try:
            _write(row | {"counted_in": part}, shares[part])
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons: Sequence[Any] = error.response["CancellationReasons"]
            if reasons[0]["Code"] == "ConditionalCheckFailed":
                return _first(reasons[0]["Item"], digest, job)
            if reasons[1]["Code"] == "ConditionalCheckFailed":
                parts = quota.free(job.tenant, shares)
                if not parts:
                    raise _over_quota(job) from None
        else:
            return _of(row)
    raise AssertionError("unreachable")


def _write(row: dict[str, Any], most: int) -> None:
    table = jobs_table()
    put: TransactWriteItemTypeDef = {
        "Put": {
            "TableName": table.name,
            "Item": row,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    count = quota.up(row["tenant"], row["counted_in"], most)
    table.meta.client.transact_write_items(TransactItems=[put, count])


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
    )


def _over_quota(job: Job) -> Rejected:
    return Rejected(
        ErrorCode.RATE_LIMITED,
        "Too many of your jobs are running. Nothing was queued.",
        job.request_id,
        {"retry_after": RETRY_AFTER_SECONDS},
    )
