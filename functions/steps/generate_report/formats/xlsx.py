"""The report as an Excel workbook: a summary with charts, the daily series and all groups."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from steps.generate_report.formats import OnPart, wording
from steps.generate_report.formats.xlsx_charts import INK, add_charts
from steps.generate_report.report import Report

Cell = str | int | float | Decimal | date | None

_PALE = "#EEF2F6"
_FIGURES = {"count", "amount", "mean", "share"}
_LONGEST_CELL = 32_767
_PARTS = 4
_FIRST_YEAR = 1901  # Excel knows no day before 1900, and counts that year's wrongly


def write_xlsx(report: Report, *, charts: bool, on_part: OnPart) -> bytes:
    """Return a workbook of the sheets Summary, Daily and Groups; figures are numbers, days are dates."""
    file = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    book = Workbook(file, options)
    book.set_properties(
        {"title": wording.title(report), "author": wording.AUTHOR, "subject": wording.period(report)}
    )
    sheets = _Sheets(book, report)
    sheets.summary(charts=charts and report.totals.records > 0)
    on_part(1, _PARTS)
    sheets.daily()
    on_part(2, _PARTS)
    sheets.groups()
    on_part(3, _PARTS)
    # Not a `with`: it would write out half a workbook when `on_part` has ended the work.
    book.close()
    on_part(_PARTS, _PARTS)
    return file.getvalue()


class _Sheets:
    """The workbook's sheets and the formats that they share."""

    def __init__(self, book: Workbook, report: Report) -> None:
        self.book, self.report = book, report
        self.measure = wording.heading(report.measure)
        self.dimension = wording.heading(report.dimension)
        self.average = f"Average {wording.label(report.measure)}"
        decimals = min(wording.places(report), 10)
        amount = "#,##0" + ("." + "0" * decimals if decimals else "")
        self.number_formats = {
            "text": "@",
            "day": "d mmm yyyy",
            "moment": 'd mmm yyyy hh:mm "UTC"',
            "count": "#,##0",
            "amount": amount,
            "mean": "#,##0.00",
            "share": "0.0%",
        }
        self.cells = {kind: self._format(kind) for kind in self.number_formats}
        self.totals = {
            kind: self._format(kind, bold=True, top=1, bg_color=_PALE) for kind in self.number_formats
        }

    def _format(self, kind: str, **look: bool | int | str) -> CellFormat:
        align = "right" if kind in _FIGURES else "left"
        return self.book.add_format({"num_format": self.number_formats[kind], "align": align, **look})

    def summary(self, *, charts: bool) -> None:
        """Write what the report is about and its key figures."""
        report, busiest = self.report, wording.busiest(self.report)
        sheet = self.book.add_worksheet("Summary")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 24)
        sheet.set_row(0, 30)
        title = self.book.add_format({"bold": True, "font_size": 18, "font_color": INK, "valign": "vcenter"})
        sheet.write_string(0, 0, wording.title(report), title)
        lines: list[tuple[str, str, Cell]] = [
            ("First day", "day", report.start_date),
            ("Last day", "day", report.end_date),
            ("Generated", "moment", wording.generated_at(report).replace(tzinfo=None)),
            *((f"Only {column}", "text", kept) for column, kept in wording.filters(report)),
            ("Records", "count", report.totals.records),
            (f"Total {wording.label(report.measure)}", "amount", report.totals.total),
            (self.average, "mean", report.average),
            ("Groups", "count", len(report.groups)),
            ("Busiest day", "day", busiest.day if busiest else None),
            ("Records on that day", "count", busiest.records if busiest else None),
        ]
        named = self.book.add_format({"bold": True, "font_color": INK, "bottom": 4, "valign": "top"})
        for row, (name, kind, value) in enumerate(lines, start=2):
            sheet.write_string(row, 0, name, named)
            underlined = self._format(kind, bottom=4, text_wrap=kind == "text", valign="top")
            underlined.set_align("left" if kind == "text" else "right")
            _write(sheet, row, 1, value, underlined)
        if not report.totals.records:
            sheet.write_string(len(lines) + 3, 0, wording.NO_RECORDS)
        if charts:
            add_charts(self.book, sheet, report, column=3)

    def daily(self) -> None:
        """Write one row for each day."""
        self._table(
            "Daily",
            [("Day", "day", 14), ("Weekday", "text", 13), *self._figures()],
            (
                [row.day, f"{row.day:%A}", row.records, row.total, wording.mean(row)]
                for row in self.report.daily
            ),
            ["Total", ""],
        )

    def groups(self) -> None:
        """Write one row for each group, the largest first."""
        whole = 1.0 if self.report.totals.records else 0.0
        self._table(
            "Groups",
            [("Rank", "count", 8), (self.dimension, "text", 28), *self._figures(), ("Share", "share", 10)],
            (
                [
                    rank,
                    row.name or wording.group_name(row.name),
                    row.records,
                    row.total,
                    wording.mean(row),
                    row.share,
                ]
                for rank, row in enumerate(self.report.groups, start=1)
            ),
            ["", "Total"],
            [whole],
        )

    def _figures(self) -> list[tuple[str, str, int]]:
        return [("Records", "count", 14), (self.measure, "amount", 20), (self.average, "mean", 20)]

    def _table(
        self,
        name: str,
        columns: Sequence[tuple[str, str, int]],
        rows: Iterable[Sequence[Cell]],
        before: Sequence[Cell],
        after: Sequence[Cell] = (),
    ) -> None:
        """Write a sheet of `columns` (heading, kind, width); its last row is the report's totals."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        look = {"bold": True, "font_color": "white", "bg_color": INK, "valign": "vcenter", "text_wrap": True}
        sheet.set_row(0, 22)
        for column, (heading, kind, width) in enumerate(columns):
            align = "right" if kind in _FIGURES else "left"
            sheet.write_string(0, column, heading, self.book.add_format({**look, "align": align}))
            sheet.set_column(column, column, max(width, min(len(heading) + 3, 40)))
        last = 0
        for last, values in enumerate(rows, start=1):
            for column, value in enumerate(values):
                _write(sheet, last, column, value, self.cells[columns[column][1]])
        sheet.autofilter(0, 0, last, len(columns) - 1)
        totals = self.report.totals
        for column, value in enumerate([*before, totals.records, totals.total, self.report.average, *after]):
            _write(sheet, last + 1, column, value, self.totals[columns[column][1]])
        sheet.repeat_rows(0)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)


def _write(sheet: Worksheet, row: int, column: int, value: Cell, cell_format: CellFormat) -> None:
    """Write a cell by its own type: text is text, whatever it looks like."""
    match value:
        case None:
            sheet.write_blank(row, column, None, cell_format)
        case str():
            sheet.write_string(row, column, value[:_LONGEST_CELL], cell_format)
        case date() if value.year < _FIRST_YEAR:
            sheet.write_string(row, column, value.isoformat(), cell_format)
        case datetime():
            sheet.write_datetime(row, column, value, cell_format)
        case date():
            sheet.write_datetime(row, column, datetime.combine(value, time()), cell_format)
        case _:
            sheet.write_number(row, column, float(value), cell_format)
