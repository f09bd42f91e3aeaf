"""How many calls that cost much a tenant may make in a minute. An echo is none, and pays nothing."""

import os

from jobs.clients import jobs_table
from jobs.clock import SystemClock
from jobs.keys import calls_key
from protocol import ErrorCode
from router.requests import Rejected

_used_up: dict[str, int] = {}  # the minute of which a tenant has had all: who asks in a loop costs no write


def spend(tenant: str) -> None:
    """Count a call: one write.

    Raises:
        Rejected: RATE_LIMITED, the minute's calls are used up.
    """
    now = int(SystemClock().now())
    minute = now // 60
    table = jobs_table()
    if _used_up.get(tenant) != minute:
        try:
            table.update_item(
                Key=calls_key(tenant, minute),
                UpdateExpression="ADD calls :one SET expires_at = :expires",
                ConditionExpression="attribute_not_exists(calls) OR calls < :most",
                ExpressionAttributeValues={
                    ":one": 1,
                    ":most": int(os.environ["MOST_COSTLY_CALLS_PER_MINUTE"]),
                    ":expires": now + 3600,
                },
            )
        except table.meta.client.exceptions.ConditionalCheckFailedException:
            _used_up[tenant] = minute
        else:
            return
    raise Rejected(
        ErrorCode.RATE_LIMITED,
        "Too many of your requests in a minute.",
        details={"retry_after": (minute + 1) * 60 - now},
    )
