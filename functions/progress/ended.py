"""Settles jobs whose end no Catch saw: the execution timed out, was aborted, or failed outside of a state.

EventBridge tells of such ends, but only on a best effort; the sweep finds what it missed. Whoever comes
second finds the job closed.
"""

import json
import math
from typing import Any

from jobs.clock import Clock
from jobs.closing import NEVER_STARTED
from jobs.errors import PermanentError
from jobs.log import JobLog
from jobs.logger import logger
from progress.failing import fail, stage_of
from protocol import ErrorBody, ErrorCode

ENDS = {
    "TIMED_OUT": ErrorBody(code=ErrorCode.TIMEOUT, message="The job ran out of time."),
    "ABORTED": ErrorBody(code=ErrorCode.CANCELLED, message="The job was stopped."),
    "FAILED": ErrorBody(code=ErrorCode.PROCESSING_FAILED, message="The job failed."),
    "SUCCEEDED": ErrorBody(code=ErrorCode.INTERNAL_ERROR, message="The job ended without a result."),
    NEVER_STARTED: ErrorBody(code=ErrorCode.INTERNAL_ERROR, message="The job could not be started."),
}


def on_status_change(event: dict[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's
    """Settle the job of an execution that has ended badly; the event is Step Functions' own."""
    detail = event["detail"]
    # Over 248 KiB AWS leaves the input out. No job's is so large, but anybody may start a machine by hand.
    given = json.loads(detail.get("input") or "null")
    if not (isinstance(given, dict) and {"tenant", "request_id"} <= given.keys()):
        logger.info("no job's", extra={"execution": detail["executionArn"]})
        return  # if it is one after all, the sweep finds it by its row
    cause, redrive = detail.get("cause") or "", detail.get("redriveCount") or 0
    settle(given["tenant"], given["request_id"], detail["status"], cause, redrive=redrive)


def settle(
    tenant: str,
    request_id: str,
    status: str,
    cause: str,
    clock: Clock | None = None,
    redrive: int | None = None,
    begun_before: float = math.inf,
) -> bool:
    """Close a job as its execution ended; say whether it was open. See `fail` for `redrive`.

    One that began anew after `begun_before` is left alone.
    """
    log = JobLog(tenant, request_id, clock)
    try:
        log.load()
    except PermanentError:
        return False  # not a job's execution, or one of more than a week ago
    if float(log.row.get("begun_at", 0)) >= begun_before:
        return False
    return fail(log, ENDS[status], stage_of(log), cause or status, redrive)
