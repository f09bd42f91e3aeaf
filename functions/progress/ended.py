"""Settles jobs whose end no Catch saw: the execution timed out, was aborted, or failed outside of a state.

EventBridge tells of such ends, but only on a best effort; the sweep finds what it missed. Whoever comes
second finds the job closed.
"""

import json
import math
from typing import Any, Literal

from jobs.clock import Clock
from jobs.closing import NEVER_STARTED
from jobs.counting import count, flushed
from jobs.errors import PermanentError
from jobs.log import JobLog
from jobs.logger import begin, logger
from progress.failing import fail, stage_of
from protocol import ErrorBody, ErrorCode

ENDS = {
    "TIMED_OUT": ErrorBody(code=ErrorCode.TIMEOUT, message="The job ran out of time."),
    "ABORTED": ErrorBody(code=ErrorCode.CANCELLED, message="The job was stopped."),
    "FAILED": ErrorBody(code=ErrorCode.PROCESSING_FAILED, message="The job failed."),
    "SUCCEEDED": ErrorBody(code=ErrorCode.INTERNAL_ERROR, message="The job ended without a result."),
    NEVER_STARTED: ErrorBody(code=ErrorCode.INTERNAL_ERROR, message="The job could not be started."),
}
COUNTED = {"TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted", "FAILED": "ExecutionsFailed"}


@flushed
def on_status_change(event: dict[str, Any], context: Any) -> None:
    """Settle the job of an execution that has ended badly; the event is Step Functions' own.

    An execution that was aborted is counted where no `cancel` had closed its job before.
    """
    detail = event["detail"]
    begin(context, execution=detail["executionArn"])
    # Over 248 KiB AWS leaves the input out. No job's is so large, but anybody may start a machine by hand.
    given = json.loads(detail.get("input") or "null")
    if not (isinstance(given, dict) and {"tenant", "request_id"} <= given.keys()):
        logger.info("no job's")
        return  # if it is one after all, the sweep finds it by its row
    cause, redrive = detail.get("cause") or "", detail.get("redriveCount") or 0
    tenant, request_id, action = given["tenant"], given["request_id"], str(given.get("action"))
    logger.append_keys(tenant=tenant, request_id=request_id, action=action)
    settled = settle(tenant, request_id, detail["status"], cause, "Rule", redrive=redrive)
    if settled or detail["status"] != "ABORTED":
        count(COUNTED[detail["status"]], action)


def settle(
    tenant: str,
    request_id: str,
    status: str,
    cause: str,
    by: Literal["Rule", "Sweep"],
    clock: Clock | None = None,
    redrive: int | None = None,
    begun_before: float = math.inf,
) -> bool:
    """Close a job as its execution ended; say whether it was open, and count `by` what it was closed then.

    See `fail` for `redrive`. One that began anew after `begun_before` is left alone.
    """
    log = JobLog(tenant, request_id, clock)
    try:
        log.load()
    except PermanentError:
        return False  # not a job's execution, or one of more than a week ago
    if float(log.row.get("begun_at", 0)) >= begun_before:
        return False
    settled = fail(log, ENDS[status], stage_of(log), cause or status, redrive)
    if settled:
        count(f"JobsSettledBy{by}", log.action)
    return settled
