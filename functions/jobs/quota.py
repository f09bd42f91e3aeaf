"""How many jobs a tenant has in flight, counted in parts: many may be claimed, and end, at the same moment.

DynamoDB cancels transactions that meet on an item. Each part is an item with a share of the quota of its own;
a job's row says which one counts it, and its end counts that one down.
"""

from typing import TYPE_CHECKING

from jobs.clients import jobs_table
from jobs.keys import PART, part_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

JOBS_A_PART = 5
MOST_PARTS = 200  # one query reads them all


def shares(quota: int) -> list[int]:
    """Return how much of the quota each part has."""
    count = min(-(-quota // JOBS_A_PART), MOST_PARTS)
    return [quota // count + (part < quota % count) for part in range(count)]


def up(tenant: str, part: int, most: int) -> "TransactWriteItemTypeDef":
    """Return what counts a job in a part, on condition that there are fewer than `most`."""
    return {
        "Update": {
            "TableName": jobs_table().name,
            "Key": part_key(tenant, part),
            "UpdateExpression": "ADD in_flight :one",
            "ConditionExpression": "attribute_not_exists(in_flight) OR in_flight < :most",
            "ExpressionAttributeValues": {":one": 1, ":most": most},
        }
    }


def change(tenant: str, part: int, by: int) -> "TransactWriteItemTypeDef":
    """Return what counts a job that ends, or goes on, whatever the quota is."""
    return {
        "Update": {
            "TableName": jobs_table().name,
            "Key": part_key(tenant, part),
            "UpdateExpression": "ADD in_flight :change",
            "ExpressionAttributeValues": {":change": by},
        }
    }


def free(tenant: str, shares: list[int]) -> list[int]:
    """Return the parts that have room."""
    counted = jobs_table().query(
        KeyConditionExpression="pk = :pk AND begins_with(sk, :part)",
        ExpressionAttributeValues={":pk": tenant, ":part": PART},
        ConsistentRead=True,
    )["Items"]
    used = {item["sk"]: int(str(item["in_flight"])) for item in counted}
    return [part for part, most in enumerate(shares) if used.get(part_key(tenant, part)["sk"], 0) < most]
