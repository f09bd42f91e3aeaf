"""Settles jobs whose end no Catch saw: the execution timed out, was aborted, or failed outside of a state.

EventBridge tells of such ends, but only on a best effort; the sweep finds what it missed. Whoever comes
second finds the job closed.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from jobs.clients import jobs_table, step_functions
from jobs.clock import Clock
from jobs.errors import PermanentError
from jobs.keys import RUNNING_SHARDS, execution_arn
from jobs.log import JobLog
from jobs.logger import logger
from progress.failing import fail, stage_of
from protocol import ErrorBody, ErrorCode

GRACE_SECONDS = 60
NEVER_STARTED = "NEVER_STARTED"

_BODIES = {
    "TIMED_OUT": ErrorBody(code=ErrorCode.TIMEOUT, message="The job ran out of time."),
    "ABORTED": ErrorBody(code=ErrorCode.CANCELLED, message="The job was stopped."),
    "FAILED": ErrorBody(code=ErrorCode.PROCESSING_FAILED, message="The job failed."),
    "SUCCEEDED": ErrorBody(code=ErrorCode.INTERNAL_ERROR, message="The job ended without a result."),
    NEVER_STARTED: ErrorBody(code=ErrorCode.INTERNAL_ERROR, message="The job could not be started."),
}


def on_status_change(event: dict[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's
    """Settle the job of an execution that has ended badly; the event is Step Functions' own."""
    detail = event["detail"]
    given = json.loads(detail["input"])
    cause, redrive = detail.get("cause") or "", detail.get("redriveCount") or 0
    settle(given["tenant"], given["request_id"], detail["status"], cause, redrive=redrive)


def sweep(event: dict[str, Any], context: Any) -> int:  # noqa: ARG001 - Lambda's
    """Settle every job whose row says RUNNING and whose execution does not run; return how many.

    A job that is younger than a minute may be on its way between its claim and its execution.
    """
    settled = 0
    for row in _running(time.time() - GRACE_SECONDS):
        status = _status(execution_arn(row))
        if status != "RUNNING":
            settled += settle(row["tenant"], row["request_id"], status, "found by the sweep")
    logger.info("swept", extra={"settled": settled})
    return settled


def settle(
    tenant: str,
    request_id: str,
    status: str,
    cause: str,
    clock: Clock | None = None,
    redrive: int | None = None,
) -> bool:
    """Close a job as its execution ended; say whether it was open. See `fail` for `redrive`."""
    log = JobLog(tenant, request_id, clock)
    try:
        log.load()
    except PermanentError:
        return False  # not a job's execution, or one of more than a week ago
    return fail(log, _BODIES[status], stage_of(log), cause or status, redrive)


def _running(before: float) -> Iterator[dict[str, Any]]:
    """Yield the rows of jobs that were accepted before then and have not ended, from the sparse index."""
    for shard in range(RUNNING_SHARDS):
        start: dict[str, Any] = {}
        while True:
            found = jobs_table().query(
                IndexName="running",
                KeyConditionExpression="running = :shard AND accepted_at < :before",
                ExpressionAttributeValues={":shard": str(shard), ":before": f"{before:.3f}"},
                **start,
            )
            yield from found["Items"]
            if "LastEvaluatedKey" not in found:
                break
            start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}


def _status(execution: str) -> str:
    client = step_functions()
    try:
        return client.describe_execution(executionArn=execution)["status"]
    except client.exceptions.ExecutionDoesNotExist:
        return NEVER_STARTED
