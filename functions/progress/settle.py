"""The state "Save partial progress": closes a job whose stage failed, with what the job has."""

import json
from contextlib import suppress
from typing import Any

from jobs.clock import Clock
from jobs.counting import flushed
from jobs.job import Job
from jobs.log import JobLog
from jobs.logger import begin, logger
from progress.failing import fail
from progress.raising import by_type
from protocol import ErrorBody, ErrorCode

_TIMEOUTS = {"OutOfTime", "Sandbox.Timedout", "States.Timeout", "States.HeartbeatTimeout"}


@flushed
def handler(event: dict[str, Any], context: Any, clock: Clock | None = None) -> None:
    """Log and push the job's terminal error. A job that has ended stays as it is.

    `event` is `{"context": $states.context, "failure": {"Error", "Cause", "Stage"}}`.
    """
    job, failure = Job.from_event(event), event["failure"]
    begin(context, **job.keys(event), stage=failure["Stage"])
    logger.error("stage failed", extra={"error": failure.get("Error")})
    with by_type():
        log = JobLog(job.tenant, job.request_id, clock)
        log.load()
        fail(
            log,
            explain(failure),
            failure["Stage"],
            failure.get("Cause") or failure.get("Error", ""),  # a timeout has no cause beside its name
            event["context"]["Execution"].get("RedriveCount", 0),
        )


def explain(failure: dict[str, str]) -> ErrorBody:
    """Say what a state's failure means, in words for the client. Only our own errors' messages are shown."""
    error, stage = failure.get("Error", ""), failure["Stage"]
    details = {"stage": stage}
    if error in _TIMEOUTS:
        message = f'The stage "{stage}" ran out of time.'
        return ErrorBody(code=ErrorCode.TIMEOUT, message=message, details=details)
    message = f'The stage "{stage}" failed.'
    if error == "PermanentError":
        with suppress(ValueError, KeyError):  # Step Functions cuts long causes
            message = json.loads(failure["Cause"])["errorMessage"]
    return ErrorBody(code=ErrorCode.PROCESSING_FAILED, message=message, details=details)
