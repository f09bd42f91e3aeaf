"""Publish the report that was approved."""

from progress import Progress, step
from progress.waiting import Decision
from steps.generate_report.publish import Published, publish
from steps.generate_report.report import Rendered


class Released(Published):
    """The job's result: the report, and who approved it."""

    decision: Decision


def release(rendered: Rendered, decision: Decision, progress: Progress) -> Released:
    """Hand out the link."""
    return Released(**publish(rendered, progress).model_dump(), decision=decision)


handler = step(release)
