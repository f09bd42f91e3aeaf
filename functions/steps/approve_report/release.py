"""Publish the report that was approved."""

from jobs.clients import data_bucket, s3
from progress import Progress, step
from progress.waiting import Decision
from steps.generate_report.publish import Published, publish
from steps.generate_report.report import Rendered


class Released(Published):
    """The job's result: the report, and who approved it."""

    decision: Decision


def release(rendered: Rendered, decision: Decision, progress: Progress) -> Released:
    """Copy the file to the job's results, as often as the stage is tried, and hand out the link."""
    key = progress.job.results + rendered.key.rpartition("/")[2]
    s3().copy_object(Bucket=data_bucket(), Key=key, CopySource={"Bucket": data_bucket(), "Key": rendered.key})
    published = publish(rendered.model_copy(update={"key": key}), progress)
    return Released(**published.model_dump(), decision=decision)


handler = step(release)
