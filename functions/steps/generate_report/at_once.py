"""A report that is quick to make, without a job: the same stages, one after the other, in silence."""

import uuid
from typing import Any

from jobs.job import Job
from progress import Progress
from steps.generate_report.process import process
from steps.generate_report.publish import publish
from steps.generate_report.query import query
from steps.generate_report.render import render
from steps.generate_report.report import ReportRequest


def report(request: ReportRequest, tenant: str, user: str) -> dict[str, Any]:
    """Return what the job's result would be.

    Raises:
        PermanentError: as the stages do.
    """
    # No client sees this id; it keeps the file apart from every job's and every other answer's.
    job = Job(tenant, user, f"at-once-{uuid.uuid4().hex}", "generate_report", {})
    progress = Progress(None, job=job)
    figures = process(query(request, progress), progress)
    return publish(render(request, figures, progress), progress).model_dump(mode="json")
