"""The report as a file: PDF, CSV or Excel workbook."""

from collections.abc import Callable

from steps.generate_report.report import Format, Report

OnPart = Callable[[int, int], None]


def write(report: Report, file_format: Format, *, charts: bool, on_part: OnPart) -> bytes:
    """Return the report as a file; `on_part(done, total)` hears of each finished part, at least four.

    CSV has no charts. What `on_part` raises ends the writing and propagates.
    """
    # A cold start should not pay for the libraries of the formats that nobody asked for.
    match file_format:
        case "pdf":
            from steps.generate_report.formats.pdf import write_pdf

            return write_pdf(report, charts=charts, on_part=on_part)
        case "xlsx":
            from steps.generate_report.formats.xlsx import write_xlsx

            return write_xlsx(report, charts=charts, on_part=on_part)
        case "csv":
            from steps.generate_report.formats.csv_text import write_csv

            return write_csv(report, on_part=on_part)
