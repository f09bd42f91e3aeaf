"""A job that never began, and was closed for it, begins when its request is sent again: once.

Its log reads as that of one job all the same. The error that closed it becomes, under its own number, the
progress frame "Accepted again": whoever follows the job from here on, from its first frame too, sees no end
in the middle. Who was shown the error has been told that there is nothing to follow, which was true.
"""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from jobs.clients import jobs_table
from jobs.keys import KEPT_SECONDS, ROW, frame_key, shard
from jobs.log import JobLog
from progress.ended import NEVER_STARTED
from protocol import Progress, encode
from router.claiming import MOST_CONFLICTS, over_quota, within_quota

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def restart(tenant: str, request_id: str, now: float) -> bool:
    """Reopen the job, if it was closed because it never began; say whether it is running then.

    Its execution keeps its name, by which AWS starts it once, whoever else repeats the request meanwhile.

    Raises:
        Rejected: RATE_LIMITED, the tenant's quota is used up.
    """
    log = JobLog(tenant, request_id)
    for conflict in range(MOST_CONFLICTS):
        log.load()
        if not (log.row["status"] == "FAILED" and log.row.get("cause") == NEVER_STARTED):
            return str(log.row["status"]) == "RUNNING"
        try:
            items = [_reopened(log, now), _accepted_again(log, now), within_quota(tenant)]
            jobs_table().meta.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons: Sequence[Any] = error.response["CancellationReasons"]
            if (
                reasons[0]["Code"] != "ConditionalCheckFailed"
                and reasons[2]["Code"] == "ConditionalCheckFailed"
            ):
                raise over_quota(request_id) from None
            time.sleep(random.uniform(0, 0.02 * (conflict + 1)))  # noqa: S311 - jitter
        else:
            return True
    raise TimeoutError(f"lost {MOST_CONFLICTS} races for {log.key}")


def _reopened(log: JobLog, now: float) -> "TransactWriteItemTypeDef":
    return {
        "Update": {
            "TableName": jobs_table().name,
            "Key": {"pk": log.key, "sk": ROW},
            "UpdateExpression": (
                "SET #status = :running, running = :shard, begun_at = :now, expires_at = :expires "
                "REMOVE ended_at, #error, #partial, cause"
            ),
            "ConditionExpression": "#status = :failed AND cause = :never",
            "ExpressionAttributeNames": {"#status": "status", "#error": "error", "#partial": "partial"},
            "ExpressionAttributeValues": {
                ":running": "RUNNING",
                ":failed": "FAILED",
                ":never": NEVER_STARTED,
                ":shard": shard(log.request_id),
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
    item: dict[str, Any] = {
        "pk": log.key,
        "sk": frame_key(seq),
        "frame": encode(frame),
        "stages": log.end.stages,
        "expires_at": int(now) + KEPT_SECONDS,
    }
    return {"Put": {"TableName": jobs_table().name, "Item": item}}
