"""Work that goes wrong as the payload says, and notes all that it did in S3."""

import os
import signal
import time

from pydantic import BaseModel, ConfigDict

from jobs.clients import data_bucket, s3
from progress import PermanentError, Progress, TransientError, step


class Trouble(BaseModel):
    """`items` are worked on for `seconds` each; when the given item is reached, things happen once."""

    model_config = ConfigDict(extra="ignore")

    items: int = 10
    seconds: float = 0.01
    transient_at: int | None = None
    permanent_at: int | None = None
    bug_at: int | None = None
    die_at: int | None = None
    hang_at: int | None = None
    burst: int = 0
    silence: float = 0
    noted: bool = True


class Worked(BaseModel):
    """What was done, item by item."""

    done: list[int] = []


def work(request: Trouble, progress: Progress) -> Worked:
    """Work on the items; go wrong."""
    worked = Worked()
    for number in range(request.burst):
        progress.report(0, f"burst {number}")
    time.sleep(request.silence)
    for item in progress.track(list(range(request.items)), "{done} of {total}", state=worked):
        if item == request.permanent_at:
            raise PermanentError("This cannot work.")
        if item == request.bug_at:
            raise KeyError("password=hunter2")
        if item == request.transient_at and once(progress, "transient"):
            raise TransientError("once more")
        if item == request.die_at and once(progress, "die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if item == request.hang_at:
            time.sleep(60)
        time.sleep(request.seconds)
        if request.noted:
            note(progress, f"item-{item}")
        worked.done.append(item)
    return worked


def once(progress: Progress, what: str) -> bool:
    """Say whether this has not happened yet in the job."""
    return note(progress, what) == 1


def note(progress: Progress, what: str) -> int:
    """Count in S3, outside of all that is under test; return how often it happened."""
    prefix = f"notes/{progress.job.request_id}/{what}/"
    s3().put_object(Bucket=data_bucket(), Key=f"{prefix}{time.time_ns()}", Body=b"")
    return s3().list_objects_v2(Bucket=data_bucket(), Prefix=prefix)["KeyCount"]


handler = step(work)
