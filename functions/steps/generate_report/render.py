"""Lay the report out as the file that was asked for."""

from jobs.clients import data_bucket, s3
from progress import Progress, step
from steps.generate_report import formats
from steps.generate_report.report import Rendered, Report, ReportRequest

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def render(request: ReportRequest, report: Report, progress: Progress) -> Rendered:
    """Write the file to the data bucket, under the job's results."""
    return lay_out(request, report, progress, progress.job.results)


def lay_out(request: ReportRequest, report: Report, progress: Progress, folder: str) -> Rendered:
    """Write the file to this folder of the data bucket."""

    def on_part(done: int, total: int) -> None:
        progress.report(done / total, f"Rendered {done} of {total} parts")

    body = formats.write(report, request.format, charts=request.include_charts, on_part=on_part)
    name = f"report-{request.start_date}-to-{request.end_date}.{request.format}"
    key = f"{folder}{name}"
    s3().put_object(
        Bucket=data_bucket(),
        Key=key,
        Body=body,
        ContentType=CONTENT_TYPES[request.format],
        ContentDisposition=f'attachment; filename="{name}"',
    )
    return Rendered(key=key, format=request.format, size=len(body), records=report.totals.records)


handler = step(render)
