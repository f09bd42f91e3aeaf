"""Delete the report that was rejected."""

from pydantic import BaseModel

from jobs.clients import data_bucket, s3
from progress import Progress, step
from progress.waiting import Decision
from steps.generate_report.report import Rendered


class Discarded(BaseModel):
    """The job's result: who rejected the report. The job succeeded; it did what was asked of it."""

    decision: Decision


def discard(rendered: Rendered, decision: Decision, progress: Progress) -> Discarded:
    """Delete the file, of which nobody has a link."""
    progress.report(0.5, "Deleting the report")
    s3().delete_object(Bucket=data_bucket(), Key=rendered.key)
    return Discarded(decision=decision)


handler = step(discard)
