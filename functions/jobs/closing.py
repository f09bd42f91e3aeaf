"""The end of a job, as one transaction: last frames, the row, and the tenant's count of jobs in flight."""

from typing import TYPE_CHECKING, Any

from jobs.clients import jobs_table
from jobs.keys import KEPT_SECONDS, ROW, shard, tenant_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def close(items: list[dict[str, Any]], tenant: str, key: str, row: dict[str, Any], now: float) -> None:
    """Write the frames' items and close the row of the job that is running, all or nothing.

    Raises:
        ClientError: TransactionCanceledException, somebody else wrote a frame, or closed the job, first.
    """
    table = jobs_table()
    puts: list[TransactWriteItemTypeDef] = [
        {
            "Put": {
                "TableName": table.name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        for item in items
    ]
    values = row | {"ended_at": str(now), "expires_at": int(now) + KEPT_SECONDS}
    close: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table.name,
            "Key": {"pk": key, "sk": ROW},
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
    table.meta.client.transact_write_items(TransactItems=[*puts, close, _count(tenant, -1)])


def reopen(tenant: str, request_id: str, key: str, redrive: int, now: float) -> None:
    """Let a failed job run again, once for each time that its execution is redriven.

    It is kept for as long as one that began now: the last that it was said to be kept is that of its failure.

    Raises:
        ClientError: TransactionCanceledException, the job did not fail, or is reopened already.
    """
    table = jobs_table()
    update: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table.name,
            "Key": {"pk": key, "sk": ROW},
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
                ":shard": shard(request_id),
                ":redrive": redrive,
                ":expires": int(now) + KEPT_SECONDS,
            },
        }
    }
    table.meta.client.transact_write_items(TransactItems=[update, _count(tenant, 1)])


def _count(tenant: str, change: int) -> "TransactWriteItemTypeDef":
    return {
        "Update": {
            "TableName": jobs_table().name,
            "Key": tenant_key(tenant),
            "UpdateExpression": "ADD in_flight :change",
            "ExpressionAttributeValues": {":change": change},
        }
    }
