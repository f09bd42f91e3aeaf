"""`approve`: what a person decides, brought to the state that waits for it.

The decision is written into the job's row first, where only one can be, and sent then. Whoever comes second
sends the first one's again, which heals a death between the two, and is told of it.
"""

from typing import Any, Literal

from jobs.clients import jobs_table, step_functions
from jobs.clock import SystemClock
from jobs.keys import ROW
from jobs.log import JobLog
from progress.waiting import Decision
from protocol import ErrorCode
from router.registry import Identity
from router.requests import Rejected, require

PERMISSION = "jobs:approve"
BROUGHT_TRIES, BROUGHT_SECONDS = 5, 1.0


def decide(
    log: JobLog, identity: Identity, decision: Literal["approve", "reject"], comment: str | None
) -> None:
    """Let the job go on with the user's decision.

    Raises:
        Rejected: UNAUTHORIZED, the user is not asked, and lacks the permission; CONFLICT, the job does not
            wait, or it was decided.
    """
    _check(log, identity)
    user = identity.user
    ours = Decision(decision=decision, by=user, comment=comment, at=round(SystemClock().now(), 3))
    row = _record(log, ours)
    counts = Decision.model_validate_json(row["decided"])
    arrived = [_send(token, counts) for token in row["tokens"]]
    if (counts.by, counts.decision) != (user, decision):
        if True in arrived:
            _note(log)
        message = "It is decided already."
        raise Rejected(ErrorCode.CONFLICT, message, details=counts.model_dump(exclude={"comment"}))
    if True not in arrived and not _was_brought(log):
        raise _over()


def extend(log: JobLog, identity: Identity) -> None:
    """Start the time anew within which the job wants to hear of its approvers.

    Raises:
        Rejected: UNAUTHORIZED, the user is not asked, and lacks the permission; CONFLICT, the job does not
            wait.
    """
    _check(log, identity)
    if "decided" in log.row or True not in [_beat(token) for token in log.row["tokens"]]:
        raise _over()


def _check(log: JobLog, identity: Identity) -> None:
    if "tokens" not in log.row:
        raise _over()
    if identity.user not in log.row["approvers"]:
        require(PERMISSION, identity, "You are not one of the job's approvers.")
    if log.end.ended:
        raise Rejected(ErrorCode.CONFLICT, "The job has ended.")


def _record(log: JobLog, ours: Decision) -> dict[str, Any]:
    """Write our decision into the row, unless there is one; return the row with the one that counts."""
    table = jobs_table()
    try:
        return table.update_item(
            Key={"pk": log.key, "sk": ROW},
            UpdateExpression="SET decided = :ours",
            ConditionExpression="attribute_not_exists(decided) AND #status = :running",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":ours": ours.model_dump_json(), ":running": "RUNNING"},
            ReturnValues="ALL_NEW",
        )["Attributes"]
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        log.load()
        if "decided" not in log.row:
            raise _over() from None
        return log.row


def _note(log: JobLog) -> None:
    """Leave word for who decided first that another brought it, or its own call seems to come too late."""
    jobs_table().update_item(
        Key={"pk": log.key, "sk": ROW},
        UpdateExpression="SET brought = :yes",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":yes": True},
    )


def _was_brought(log: JobLog) -> bool:
    """Whether another, who came second, has brought the decision; its word may be on its way."""
    for _ in range(BROUGHT_TRIES):
        log.load()
        if "brought" in log.row:
            return True
        SystemClock().sleep(BROUGHT_SECONDS / BROUGHT_TRIES)
    return False


def _send(token: str, decision: Decision) -> bool:
    """Say whether a state waited for it."""
    client = step_functions()
    gone = client.exceptions
    try:
        client.send_task_success(taskToken=token, output=decision.model_dump_json())
    except (gone.TaskTimedOut, gone.TaskDoesNotExist, gone.InvalidToken):
        return False
    return True


def _beat(token: str) -> bool:
    """Say whether a state waits."""
    client = step_functions()
    gone = client.exceptions
    try:
        client.send_task_heartbeat(taskToken=token)
    except (gone.TaskTimedOut, gone.TaskDoesNotExist, gone.InvalidToken):
        return False
    return True


def _over() -> Rejected:
    return Rejected(ErrorCode.CONFLICT, "The job does not wait for a decision.")
