"""A job that never began, and was closed for it, begins when its request is sent again: once.

Its log reads as that of one job all the same. The error that closed it becomes, under its own number, the
progress frame "Accepted again": whoever follows the job from here on, from its first frame too, sees no end
in the middle. Who was shown the error has been told that there is nothing to follow, which was true.
"""

from typing import TYPE_CHECKING

from jobs.clients import jobs_table
from jobs.closing import NEVER_STARTED
from jobs.keys import KEPT_SECONDS, ROW, shard
from jobs.log import JobLog
from protocol import Progress
from router.admitting import admit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def restart(tenant: str, request_id: str, now: float) -> bool:
    """Reopen the job, if it was closed because it never began; say whether it is running then.

    Its execution keeps its name, by which AWS starts it once, whoever else repeats the request meanwhile.

    Raises:
        Rejected: RATE_LIMITED, the tenant's quota is used up.
        TransientError: others claim and end jobs all the time.
    """
    log = JobLog(tenant, request_id)
    log.load()
    if log.row["status"] == "FAILED" and log.row.get("cause") == NEVER_STARTED:
        if not admit(tenant, request_id, lambda part: [_reopened(log, part, now), _accepted_again(log, now)]):
            return True
        log.load()  # another repetition was first
    return str(log.row["status"]) == "RUNNING"


def _reopened(log: JobLog, part: int, now: float) -> "TransactWriteItemTypeDef":
    return {
        "Update": {
            "TableName": jobs_table().name,
            "Key": {"pk": log.key, "sk": ROW},
            "UpdateExpression": (
                "SET #status = :running, running = :shard, counted_in = :part, begun_at = :now, "
                "expires_at = :expires "
                "REMOVE ended_at, #error, #partial, cause"
            ),
            "ConditionExpression": "#status = :failed AND cause = :never",
            "ExpressionAttributeNames": {"#status": "status", "#error": "error", "#partial": "partial"},
            "ExpressionAttributeValues": {
                ":running": "RUNNING",
                ":failed": "FAILED",
                ":never": NEVER_STARTED,
                ":shard": shard(log.request_id),
                ":part": part,
                ":now": f"{now:.3f}",
                ":expires": int(now) + KEPT_SECONDS,
            },
        }
    }


def _accepted_again(log: JobLog, now: float) -> "TransactWriteItemTypeDef":
    seq = int(log.row["seq"])
    frame = Progress(
        request_id=log.request_id,
        timestamp=round(now, 3),
        seq=seq,
        percentage=float(log.row["percentage"]),
        message="Accepted again",
        stage="",
    )
    return {"Put": {"TableName": jobs_table().name, "Item": log.item(seq, frame)}}
