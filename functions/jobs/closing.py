"""The end of a job, as one transaction: last frames, the row, and the tenant's count of jobs in flight."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from jobs import quota
from jobs.clients import jobs_table
from jobs.clock import Clock
from jobs.keys import KEPT_SECONDS, ROW, shard
from jobs.patience import MOST_TRIES_OF_ENDS, met, tries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# The cause of a job that was closed because nothing of it ever ran.
NEVER_STARTED = "NEVER_STARTED"


def close(
    items: list[dict[str, Any]],
    joined: set[str],
    job: Mapping[str, Any],
    values: dict[str, Any],
    now: float,
) -> None:
    """Write the frames' items and close the row of the `job` that is running, with `values`, all or nothing.

    `joined` are the marks that the first item replaces: a transaction does not bring back what it replaces,
    so it holds only where they are all.

    Raises:
        ClientError: TransactionCanceledException, somebody else wrote a frame, or closed the job, first; or
            met this on one of the items.
    """
    table = jobs_table()
    puts: list[TransactWriteItemTypeDef] = [
        {"Put": {"TableName": table.name, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
        for item in items
    ]
    if joined:
        puts[0]["Put"] |= {
            "ConditionExpression": "attribute_not_exists(frame) AND joined = :joined",
            "ExpressionAttributeValues": {":joined": joined},
        }
    values = values | {"ended_at": str(now), "expires_at": int(now) + KEPT_SECONDS}
    close: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table.name,
            "Key": {"pk": job["pk"], "sk": ROW},
            # Without `running` the row leaves the index of running jobs.
            "UpdateExpression": "SET "
            + ", ".join(f"#{name} = :{name}" for name in values)
            + " REMOVE running",
            "ConditionExpression": "#status = :running",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}
            | {":running": "RUNNING"},
        }
    }
    table.meta.client.transact_write_items(TransactItems=[*puts, close, _count(job, -1)])


def reopen(job: Mapping[str, Any], redrive: int, clock: Clock) -> None:
    """Let a failed job run again, once for each time that its execution is redriven.

    It is kept for as long as one that began now: the last that it was said to be kept is that of its failure.

    Raises:
        TransientError: others write to the job all the time.
    """
    table = jobs_table()
    update: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table.name,
            "Key": {"pk": job["pk"], "sk": ROW},
            "UpdateExpression": (
                "SET #status = :running, running = :shard, redrives = :redrive, expires_at = :expires "
                "REMOVE ended_at, #error, #partial, #left, cause"
            ),
            "ConditionExpression": (
                "#status = :failed AND (attribute_not_exists(redrives) OR redrives < :redrive)"
            ),
            "ExpressionAttributeNames": {
                "#status": "status",
                "#error": "error",
                "#partial": "partial",
                "#left": "left",
            },
            "ExpressionAttributeValues": {
                ":running": "RUNNING",
                ":failed": "FAILED",
                ":shard": shard(job["request_id"]),
                ":redrive": redrive,
                ":expires": int(clock.now()) + KEPT_SECONDS,
            },
        }
    }
    for _ in tries(clock, "reopening a job", MOST_TRIES_OF_ENDS):
        try:
            table.meta.client.transact_write_items(TransactItems=[update, _count(job, 1)])
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons: Sequence[Any] = error.response["CancellationReasons"]
            if reasons[0]["Code"] != "ConditionalCheckFailed":
                met(error.response, job["action"])
                continue
        return  # it runs, or was reopened already


def _count(job: Mapping[str, Any], by: int) -> "TransactWriteItemTypeDef":
    return quota.change(job["tenant"], int(job["counted_in"]), by)
