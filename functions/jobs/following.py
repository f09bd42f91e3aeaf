"""A connection joins those who get a job's frames, with no frame missed and none twice."""

from jobs.clients import jobs_table
from jobs.clock import Clock
from jobs.keys import ROW
from jobs.log import JobEnded, JobLog, Position
from jobs.sender import Sender
from protocol import Progress, encode


def follow(log: JobLog, connection: str, clock: Clock, *, replays: bool) -> None:
    """Add a connection to the job's followers, from the frame after `log.end` on.

    With `replays` the caller sends it what is in the log up to then; without, the frame that this makes is
    the first that it gets.

    A running step reads the followers once, so it would not know this one. But whoever appends a frame
    must have seen the one before: the joiner takes a number itself, with a repetition of the last progress,
    and the step, which loses that number, reads the row again. Everything up to that frame is in the log,
    everything after it is pushed to the new follower too.
    """
    log.row = jobs_table().update_item(
        Key={"pk": log.key, "sk": ROW},
        UpdateExpression="ADD connections :new",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":new": {connection}},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    try:
        frame = log.append(lambda end: _repetition(log, end, clock))
    except JobEnded:
        return  # the log is complete
    Sender(log).push(encode(frame), but=connection if replays else None)


def _repetition(log: JobLog, end: Position, clock: Clock) -> Progress:
    now = round(clock.now(), 3)
    if not end.last:
        return Progress(
            request_id=log.request_id,
            timestamp=now,
            seq=end.seq + 1,
            percentage=end.percentage,
            message="Accepted",
            stage="",
        )
    last = Progress.model_validate_json(end.last)
    return last.model_copy(update={"seq": end.seq + 1, "timestamp": now})
