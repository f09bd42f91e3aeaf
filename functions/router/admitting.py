"""One more job of a tenant, within its quota: what makes it and what counts it are one transaction."""

import os
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from jobs import quota
from jobs.clients import jobs_table
from jobs.clock import SystemClock
from jobs.patience import met, tries
from protocol import ErrorCode
from router.requests import Rejected

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

RETRY_AFTER_SECONDS = 5


def admit(
    tenant: str, request_id: str, writes: "Callable[[int], list[TransactWriteItemTypeDef]]"
) -> Sequence[Any]:
    """Write what `writes` returns for the part of the quota that counts the job, and count it: one call.

    Return [], or where a condition of the writes failed, for each of them why it was refused. Where the part
    that is tried is full, a second call asks which are not.

    Raises:
        Rejected: RATE_LIMITED, the quota is used up.
        TransientError: others claim and end jobs all the time.
    """
    shares = quota.shares(int(os.environ["MOST_JOBS_PER_TENANT"]))
    parts = list(range(len(shares)))
    for _ in tries(SystemClock(), "counting a job"):
        part = random.choice(parts)  # noqa: S311 - spread, so that few claims meet
        items = [*writes(part), quota.up(tenant, part, shares[part])]
        try:
            jobs_table().meta.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons: list[Any] = error.response["CancellationReasons"]
            *refused, counted = (reason["Code"] == "ConditionalCheckFailed" for reason in reasons)
            if any(refused):
                return reasons[:-1]
            if not counted:
                met(error.response)
                continue
            parts = quota.free(tenant, shares)
            if not parts:
                raise _over_quota(request_id) from None
        else:
            return []
    raise AssertionError("unreachable")


def _over_quota(request_id: str) -> Rejected:
    return Rejected(
        ErrorCode.RATE_LIMITED,
        "Too many of your jobs are running. Nothing was queued.",
        request_id,
        {"retry_after": RETRY_AFTER_SECONDS},
    )
