"""`cancel`: the job's last frame first, which no other can follow; then the execution."""

from botocore.exceptions import BotoCoreError, ClientError

from jobs.clients import step_functions
from jobs.keys import execution_arn
from jobs.log import JobLog
from jobs.logger import logger
from progress.failing import fail, stage_of
from protocol import ErrorBody, ErrorCode
from router.answers import Cancelled
from router.registry import Identity
from router.requests import Rejected, require

PERMISSION = "jobs:cancel"


def cancel(log: JobLog, identity: Identity) -> Cancelled:
    """End the job with CANCELLED, who wanted it so, and what it has; return `{request_id, status}`.

    Raises:
        Rejected: UNAUTHORIZED, it is another user's and the caller lacks the permission; CONFLICT, it has
            ended.
    """
    if identity.user != log.row["user"]:
        require(PERMISSION, identity, "The job is another user's.")
    by = {"by": identity.user}
    body = ErrorBody(code=ErrorCode.CANCELLED, message="The job was cancelled.", details=by)
    if not fail(log, body, stage_of(log), f"cancelled by {identity.user}"):
        raise Rejected(ErrorCode.CONFLICT, "The job has ended.")
    try:
        step_functions().stop_execution(executionArn=execution_arn(log.row), error="CANCELLED")
    except (ClientError, BotoCoreError):
        # The job is closed; an execution that goes on can no longer say anything, and ends by itself.
        logger.exception("the execution could not be stopped")
    return {"request_id": log.request_id, "status": "CANCELLED"}
