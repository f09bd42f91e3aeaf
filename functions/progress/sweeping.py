"""The sweep: finds jobs that say they run and whose executions do not, for nobody told of their ends."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from jobs.clients import jobs_table, step_functions
from jobs.clock import Clock, SystemClock
from jobs.closing import NEVER_STARTED
from jobs.counting import count, flushed
from jobs.keys import RUNNING_SHARDS, execution_arn
from jobs.logger import begin, logger
from progress.ended import ENDS, settle

GRACE_SECONDS = 60
# AWS lets an account describe 15 executions a second in its large regions, 10 in the others.
SECONDS_BETWEEN = 0.1
LAST_MILLISECONDS = 30_000  # of the function's time: to settle a job may take many tries

T = TypeVar("T")


@flushed
def handler(event: dict[str, Any], context: Any, clock: Clock | None = None) -> int:  # noqa: ARG001 - Lambda's
    """Settle every job whose row says RUNNING and whose execution does not run; return how many.

    A job that is younger than a minute may be on its way between its claim and its execution. One that cannot
    be looked at is counted and left to the next sweep, and so is all that the function's time is too short
    for: each sweep begins at another part of the index.
    """
    clock, first = clock or SystemClock(), random.randrange(RUNNING_SHARDS)  # noqa: S311 - no secret
    swept: Counter[str] = Counter()
    none: list[dict[str, Any]] = []
    before, due = clock.now() - GRACE_SECONDS, clock.now()
    for shard in range(first, first + RUNNING_SHARDS):
        begin(context)  # what it logs now is of no job
        for row in _tried(swept, none, _running, str(shard % RUNNING_SHARDS), before):
            if context.get_remaining_time_in_millis() < LAST_MILLISECONDS:
                return _told(swept + Counter(unfinished=1), context)
            clock.sleep(max(due - clock.now(), 0))
            due = clock.now() + SECONDS_BETWEEN
            swept["settled"] += _tried(swept, False, _look_at, row, before, clock)
    return _told(swept, context)


def _tried(swept: Counter[str], otherwise: T, function: Callable[..., T], *given: Any) -> T:
    try:
        return function(*given)
    except Exception:  # whatever it is, the other jobs want their turn
        logger.exception("could not be swept", extra={"given": str(given)})
        swept["failed"] += 1
        return otherwise


def _running(shard: str, before: float) -> list[dict[str, Any]]:
    """Return the rows of jobs that were accepted before then and have not ended, from the sparse index."""
    rows: list[dict[str, Any]] = []
    start: dict[str, Any] = {}
    while True:
        found = jobs_table().query(
            IndexName="running",
            KeyConditionExpression="running = :shard AND accepted_at < :before",
            ExpressionAttributeValues={":shard": shard, ":before": f"{before:.3f}"},
            **start,
        )
        rows += found["Items"]
        if "LastEvaluatedKey" not in found:
            return rows
        start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}


def _look_at(row: dict[str, Any], before: float, clock: Clock) -> bool:
    """Settle the job if its execution has ended, or never began; say whether that was so."""
    client, cause, execution = step_functions(), "found by the sweep", execution_arn(row)
    logger.append_keys(tenant=row["tenant"], request_id=row["request_id"], execution=execution)
    try:
        status: str = client.describe_execution(executionArn=execution)["status"]
    except client.exceptions.ExecutionDoesNotExist:
        status = cause = NEVER_STARTED  # by which `restart` knows the job
    job = (row["tenant"], row["request_id"])
    return status in ENDS and settle(*job, status, cause, "Sweep", clock, begun_before=before)


def _told(swept: Counter[str], context: Any) -> int:
    begin(context)
    logger.info("swept", extra={"counts": dict(swept)})
    for name in ("failed", "unfinished"):
        if swept[name]:
            count(f"Sweep{name.capitalize()}", value=swept[name])
    return swept["settled"]
