"""Looking jobs up, always within the caller's tenant."""

import json
from typing import Any, cast

from jobs.clients import jobs_table
from jobs.errors import PermanentError
from jobs.keys import ROW, execution_arn, job_key, results
from jobs.log import JobLog
from jobs.logger import logger
from jobs.signing import renew
from protocol import ErrorCode
from router.answers import JobPage, JobStatus, JobSummary
from router.registry import Identity
from router.requests import Rejected


def find(identity: Identity, request_id: str) -> JobLog:
    """Return the log of a job of the caller's tenant, loaded.

    Raises:
        Rejected: NOT_FOUND, also where the job is another tenant's.
    """
    log = JobLog(identity.tenant, request_id)
    try:
        log.load()
    except PermanentError:
        raise Rejected(ErrorCode.NOT_FOUND, "There is no such job.") from None
    logger.append_keys(job=request_id, execution=execution_arn(log.row))
    return log


def describe(log: JobLog) -> JobStatus:
    """Return all that is known of a job; a finished one's result, error and partial too, with new links."""
    row, end = log.row, log.end
    answer = _summary(row) | {
        # A job that was reopened is past what its row says of its end before.
        "percentage": max(float(row.get("percentage", 0)), end.percentage),
        "stage": end.stages[-1] if end.stages else None,
        "seq": max(int(row.get("seq", 0)), end.seq),
    }
    if "success" in row:
        answer["success"] = bool(row["success"])
    left = {name: json.loads(row[name]) for name in ("result", "error", "partial") if name in row}
    for holder in (left, left.get("partial", {})):
        if "result" in holder:
            holder["result"] = renew(holder["result"], results(log.tenant, log.request_id))
    return cast("JobStatus", answer | left)


def page(tenant: str, limit: int, cursor: str | None) -> JobPage:
    """Return up to `limit` of the tenant's jobs, newest first, after `cursor`."""
    start: dict[str, Any] = {}
    if cursor is not None:
        accepted_at, _, request_id = cursor.partition("/")
        key = {"pk": job_key(tenant, request_id), "sk": ROW, "tenant": tenant, "accepted_at": accepted_at}
        start = {"ExclusiveStartKey": key}
    found = jobs_table().query(
        IndexName="by-tenant",
        KeyConditionExpression="tenant = :tenant",
        ExpressionAttributeValues={":tenant": tenant},
        ScanIndexForward=False,
        Limit=limit,
        **start,
    )
    last = found.get("LastEvaluatedKey")
    jobs = [cast("JobSummary", _summary(row)) for row in found["Items"]]
    return {"jobs": jobs, "cursor": _cursor(found["Items"][-1]) if last else None}


def _cursor(row: dict[str, Any]) -> str:
    return f"{row['accepted_at']}/{row['request_id']}"


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "request_id": row["request_id"],
        "action": row["action"],
        "status": row["status"],
        "started_at": float(row["accepted_at"]),
        "ended_at": float(row["ended_at"]) if "ended_at" in row else None,
    }
