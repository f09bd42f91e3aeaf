"""The workbook's charts: native ones that read their cells from the other sheets."""

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from steps.generate_report.formats import wording
from steps.generate_report.report import Report

INK, ACCENT, TINT, MUTED, LINE = "#1F2A44", "#2F6690", "#DCE8F0", "#6B7686", "#DDE2E9"

_QUIET: dict[str, Any] = {"num_font": {"color": MUTED, "size": 9}, "line": {"color": LINE}}
_GRID: dict[str, Any] = {"visible": True, "line": {"color": LINE, "width": 0.5}}
_SIZE = {"width": 720, "height": 300}


def add_charts(book: Workbook, sheet: Worksheet, report: Report, *, column: int) -> None:
    """Draw the daily series and the top of the ranking on `sheet`, from `column` on."""
    series = _chart(book, "area", "Records per day", "Daily", 0, len(report.daily))
    series.set_x_axis({**_QUIET, "date_axis": True, "num_format": "d mmm", "major_tick_mark": "outside"})
    series.set_y_axis({**_QUIET, "num_format": "#,##0", "min": 0, "major_gridlines": _GRID})
    sheet.insert_chart(1, column, series)

    title = f"Records by {wording.label(report.dimension)}"
    ranking = _chart(book, "bar", title, "Groups", 1, min(len(report.groups), wording.TOP_GROUPS))
    ranking.set_y_axis({**_QUIET, "reverse": True, "major_tick_mark": "none"})
    ranking.set_x_axis({**_QUIET, "num_format": "#,##0", "min": 0, "visible": False})
    sheet.insert_chart(17, column, ranking)


def _chart(book: Workbook, kind: str, title: str, source: str, names: int, rows: int) -> Any:
    """Return a chart of the first `rows` records of the sheet `source`, named by its column `names`."""
    chart = book.add_chart({"type": kind})
    if chart is None:
        raise ValueError(f"xlsxwriter has no chart {kind!r}")
    bars = {"data_labels": {"value": True, "num_format": "#,##0", "font": {"color": INK, "size": 9}}}
    area = {"fill": {"color": TINT}, "line": {"color": ACCENT, "width": 1.5}}
    chart.add_series(
        {
            "name": "Records",
            "categories": [source, 1, names, rows, names],
            "values": [source, 1, 2, rows, 2],
            **({"fill": {"color": ACCENT}, "gap": 60, **bars} if kind == "bar" else area),
        }
    )
    chart.set_title({"name": title, "name_font": {"size": 12, "color": INK}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": LINE}})
    chart.set_size(_SIZE)
    return chart
