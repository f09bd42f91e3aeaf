"""Events and contexts as Step Functions and Lambda give them to a step."""

import json
import time
from dataclasses import dataclass
from typing import Any

import boto3

from jobs.keys import PART, ROW, job_key, shard

TENANT, USER = "acme", "ada"


@dataclass
class LambdaContext:
    """As much of Lambda's context as steps use."""

    milliseconds: float = 300_000.0
    aws_request_id: str = "lambda-1"

    def get_remaining_time_in_millis(self) -> float:
        return self.milliseconds


def claim(request_id: str, now: float, connections: set[str] | None = None, tenant: str = TENANT) -> None:
    """Write the row of an accepted job."""
    claim_in(_jobs(), request_id, connections, now, tenant)


def claim_in(
    table: Any,
    request_id: str,
    connections: set[str] | None = None,
    now: float | None = None,
    tenant: str = TENANT,
) -> None:
    """Write the row of an accepted job to a table."""
    now = time.time() if now is None else now
    item: dict[str, Any] = {
        "pk": job_key(tenant, request_id),
        "sk": ROW,
        "tenant": tenant,
        "user": USER,
        "request_id": request_id,
        "action": "test",
        "status": "RUNNING",
        "accepted_at": f"{now:.3f}",
        "running": shard(request_id),
        "counted_in": 0,
        "estimate": "10",
        "state_machine": "arn:aws:states:us-east-1:123456789012:stateMachine:Test",
        "expires_at": int(now) + 7 * 24 * 3600,
    }
    if connections:
        item["connections"] = connections
    table.put_item(Item=item)


def event(
    request_id: str,
    stage: str = "Work",
    *,
    part: tuple[float, float] = (0, 30),
    retry: int = 0,
    tenant: str = TENANT,
    **given: Any,
) -> dict[str, Any]:
    """Return a step's event: `$states.context`, the stage's range, and its input."""
    return {
        "context": {
            "Execution": {
                "Id": "arn:aws:states:us-east-1:123456789012:execution:Test:x",
                "Name": "x",
                "Input": {
                    "tenant": tenant,
                    "user": USER,
                    "request_id": request_id,
                    "action": "test",
                    "metadata": {},
                    "payload": {},
                },
            },
            "State": {"Name": stage, "RetryCount": retry},
        },
        "progress": {"from": part[0], "to": part[1]},
        "input": given,
    }


def logged(request_id: str, tenant: str = TENANT) -> list[dict[str, Any]]:
    """Return the frames in a job's log, in order."""
    return logged_in(_jobs(), request_id, tenant)


def logged_in(table: Any, request_id: str, tenant: str = TENANT) -> list[dict[str, Any]]:
    """Return the frames in a job's log in a table, in order."""
    items = table.query(
        KeyConditionExpression="pk = :pk AND begins_with(sk, :frame)",
        ExpressionAttributeValues={":pk": job_key(tenant, request_id), ":frame": "frame#"},
        ConsistentRead=True,
    )["Items"]
    return [json.loads(str(item["frame"])) for item in items if "frame" in item]


def row(request_id: str, tenant: str = TENANT) -> dict[str, Any]:
    """Return a job's row."""
    key = {"pk": job_key(tenant, request_id), "sk": ROW}
    found: dict[str, Any] = _jobs().get_item(Key=key)["Item"]
    return found


def _jobs() -> Any:
    return boto3.resource("dynamodb").Table("JobsTable")


def in_flight(table: Any, tenant: str = TENANT) -> int:
    """Return how many jobs of a tenant are counted."""
    parts = table.query(
        KeyConditionExpression="pk = :pk AND begins_with(sk, :part)",
        ExpressionAttributeValues={":pk": tenant, ":part": PART},
        ConsistentRead=True,
    )["Items"]
    return sum(int(part["in_flight"]) for part in parts)
