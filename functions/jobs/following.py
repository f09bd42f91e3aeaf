"""A connection joins those who get a job's frames, with no frame missed and none twice."""

from botocore.exceptions import ClientError

from jobs.clients import jobs_table
from jobs.keys import KEPT_SECONDS, ROW, frame_key
from jobs.log import JobLog
from jobs.patience import met, tries

MOST_FOLLOWERS = 100

_PASSING = {"ConditionalCheckFailedException", "TransactionConflictException"}


def follow(log: JobLog, connection: str) -> bool:
    """Add a connection to the job's followers, from the frame after `log.end` on; say whether it is one.

    Everything up to `log.end`, which may have moved, is in the log. A job takes `MOST_FOLLOWERS`; who comes
    later has the log alone.

    A running step reads the followers once, so it would not know this one. But whoever writes the next frame
    writes it over the mark that is left there, and gets it back with the answer. No number is taken, and no
    writer loses a race. Who follows already leaves none: however often it asks, that costs a read.

    Raises:
        TransientError: others write to the job all the time.
    """
    entered = False
    for _ in tries(log.clock, f"joining {log.key}"):
        if log.end.ended or (connection in log.followers and not entered):
            return True
        if len(log.followers) >= MOST_FOLLOWERS and not entered:
            return False
        try:
            if not entered:
                _enter(log, connection)
                entered = True
            _mark(log, connection)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _PASSING:
                raise
            met(error.response, log.action)
            log.load()  # a frame came, or the end; or the last place is taken
        else:
            return True
    raise AssertionError("unreachable")


def _enter(log: JobLog, connection: str) -> None:
    """Add the connection to the job's row, which the next stage reads."""
    jobs_table().update_item(
        Key={"pk": log.key, "sk": ROW},
        UpdateExpression="ADD connections :new",
        ConditionExpression=(
            "attribute_exists(pk) AND (attribute_not_exists(connections) OR size(connections) < :most)"
        ),
        ExpressionAttributeValues={":new": {connection}, ":most": MOST_FOLLOWERS},
    )


def _mark(log: JobLog, connection: str) -> None:
    """Leave word for whoever writes the next frame, if it is not written yet."""
    jobs_table().update_item(
        Key={"pk": log.key, "sk": frame_key(log.end.seq + 1)},
        UpdateExpression="ADD joined :new SET expires_at = :expires",
        ConditionExpression="attribute_not_exists(frame)",
        ExpressionAttributeValues={":new": {connection}, ":expires": int(log.clock.now()) + KEPT_SECONDS},
    )
