"""`cancel`: the job's last frame first, which no other can follow; then the execution."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from jobs.clients import step_functions
from jobs.keys import execution_arn
from jobs.log import JobLog
from jobs.logger import logger
from progress.failing import fail, stage_of
from protocol import ErrorBody, ErrorCode
from router.requests import Rejected


def cancel(log: JobLog) -> dict[str, Any]:
    """End the job with CANCELLED and what it has; return `{request_id, status}`.

    Raises:
        Rejected: CONFLICT, it has ended.
    """
    body = ErrorBody(code=ErrorCode.CANCELLED, message="The job was cancelled.")
    if not fail(log, body, stage_of(log), "cancelled by its owner"):
        raise Rejected(ErrorCode.CONFLICT, "The job has ended.")
    try:
        step_functions().stop_execution(executionArn=execution_arn(log.row), error="CANCELLED")
    except (ClientError, BotoCoreError):
        # The job is closed; an execution that goes on can no longer say anything, and ends by itself.
        logger.exception("the execution could not be stopped")
    return {"request_id": log.request_id, "status": "CANCELLED"}
