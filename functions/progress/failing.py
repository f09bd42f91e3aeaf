"""How a job ends that does not complete: one error frame, with what the job leaves behind."""

import json
from collections.abc import Callable

from jobs import checkpoints
from jobs.keys import folder
from jobs.log import JobEnded, JobLog, Position
from jobs.sender import Sender
from progress.speaker import Speaker
from protocol import ErrorBody, Partial

LONGEST_CAUSE = 8 * 1024


def fail(log: JobLog, body: ErrorBody, stage: str | None, cause: str, redrive: int | None = None) -> bool:
    """End the job with an error, if it has not ended; say whether it was this call that did.

    `stage` is the one that the job ended in; `cause` stays in the job's row. `redrive` is the number of the
    redrive that failed: one that came after it goes on. So does a job that began anew meanwhile.
    """
    began, leaves, sender = log.row.get("begun_at"), _partial(log, stage), Sender(log)

    def partial(end: Position) -> Partial:
        later = redrive is not None and redrive < int(log.row.get("redrives", 0))
        if later or log.row.get("begun_at") != began:
            raise JobEnded(log.key)
        return leaves(end)

    try:
        Speaker(log, sender).fail(body, partial, cause[:LONGEST_CAUSE])
    except JobEnded:
        return False
    finally:
        sender.settle()
    return True


def stage_of(log: JobLog) -> str | None:
    """Return the stage that the job is in, as far as its log says."""
    return log.end.stages[-1] if log.end.stages else None


def _partial(log: JobLog, stage: str | None) -> Callable[[Position], Partial]:
    saved = checkpoints.load(log.key, folder(log.tenant, log.request_id), stage) if stage else None
    return lambda end: Partial(
        percentage=end.percentage,
        message=end.message,
        stage=stage,
        completed_stages=[name for name in end.stages if name != stage],
        checkpoint={"done": saved.done, "total": saved.total} if saved else None,
        result=json.loads(log.row["left"]) if "left" in log.row else None,
    )
