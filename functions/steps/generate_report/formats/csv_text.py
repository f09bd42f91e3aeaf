"""The report as CSV (RFC 4180, UTF-8): one rectangular table that a spreadsheet and pandas read alike."""

import csv
from io import StringIO

from steps.generate_report.formats import OnPart
from steps.generate_report.report import Report, Sums

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def _text(value: str) -> str:
    """Return data's text so that a spreadsheet shows it and never computes it."""
    return f"'{value}" if value.startswith(_STARTS_A_FORMULA) else value


def write_csv(report: Report, *, on_part: OnPart) -> bytes:
    """Return a table of `section,name,records,<measure>`.

    `section` is `day` (name `YYYY-MM-DD`), `group` (every group, whatever the report's type) or `total`
    (one row, the last). Figures are exact and without separators.
    """
    sections: list[tuple[str, list[tuple[str, Sums]]]] = [
        ("day", [(row.day.isoformat(), row) for row in report.daily]),
        ("group", [(_text(row.name), row) for row in report.groups]),
        ("total", [("", report.totals)]),
    ]
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["section", "name", "records", _text(report.measure)])
    on_part(1, len(sections) + 1)
    for done, (section, rows) in enumerate(sections, start=2):
        table.writerows([section, name, sums.records, f"{sums.total:f}"] for name, sums in rows)
        on_part(done, len(sections) + 1)
    return text.getvalue().encode()
