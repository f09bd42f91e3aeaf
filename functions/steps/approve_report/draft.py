"""Lay the report out where no source and no link reaches: nobody has approved it yet."""

from progress import Progress, step
from steps.generate_report.render import lay_out
from steps.generate_report.report import Rendered, Report, ReportRequest


def draft(request: ReportRequest, report: Report, progress: Progress) -> Rendered:
    """Write the file among the job's intermediate data."""
    return lay_out(request, report, progress, progress.job.folder)


handler = step(draft)
