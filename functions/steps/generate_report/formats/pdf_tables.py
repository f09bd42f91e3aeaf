"""The PDF's tables: ranked groups, days in full, and days packed side by side."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from steps.generate_report.formats import wording
from steps.generate_report.formats.pdf_style import (
    BOLD,
    INK,
    LINE,
    MONTH,
    MUTED,
    PALE,
    REGULAR,
    TEXT,
    WIDTH,
    fitted,
    font_for,
    kept_whole,
    markup,
    text_width,
)
from steps.generate_report.report import DailyRow, Report, Sums

Command = tuple[str, tuple[int, int], tuple[int, int], *tuple[Any, ...]]

_SIZE, _PADDING = 8.5, 6.0
_WIDEST_HEADING, _NARROWEST_NAME = 90.0, 60.0
_GAP, _MOST_BLOCKS = 24.0, 3


def group_table(report: Report) -> Table:
    """Return the ranking, its totals last."""
    groups, other = wording.shown_groups(report)
    ranked = [(str(rank), row) for rank, row in enumerate(groups, start=1)] + ([("", other)] if other else [])
    rows = [
        [rank, wording.group_name(row.name), *_figures(report, row), f"{row.share:.1%}"]
        for rank, row in ranked
    ]
    heading = ["#", _heading(report.dimension), *_headings(report), "Share"]
    return _wide([heading, *rows, ["", "Total", *_figures(report, report.totals), "100.0%"]])


def day_table(report: Report) -> Table:
    """Return a row for each day, its totals last."""
    rows = [[wording.long_date(row.day), f"{row.day:%A}", *_figures(report, row)] for row in report.daily]
    total = ["Total", wording.count(len(rows), "day"), *_figures(report, report.totals)]
    return _wide([["Day", "Weekday", *_headings(report)], *rows, total])


def month_tables(report: Report) -> list[Flowable]:
    """Return each month's days in as many blocks side by side as fit, and the period's totals."""
    decimals = wording.places(report)
    heading = ["Day", "Records", _heading(report.measure)]
    widths = _natural_widths([heading, *(_compact(row, decimals) for row in report.daily)])
    blocks = max(1, min(_MOST_BLOCKS, int((WIDTH + _GAP) // (sum(widths) + _GAP))))
    widths[0] += max((WIDTH - (blocks - 1) * _GAP) / blocks - sum(widths), 0)
    tables: list[Flowable] = []
    for _, days in groupby(report.daily, key=lambda row: (row.day.year, row.day.month)):
        rows = list(days)
        block = _side_by_side(heading, [_compact(row, decimals) for row in rows], widths, blocks)
        tables += kept_whole([Paragraph(_month_heading(report, rows), MONTH), block])
    total = ["Total", wording.count(len(report.daily), "day"), *_figures(report, report.totals)]
    return [*tables, *kept_whole([Spacer(0, 8), _wide([["", "", *_headings(report)], total])])]


def _heading(column: str) -> str:
    return fitted(wording.heading(column), _WIDEST_HEADING, _SIZE, BOLD)


def _headings(report: Report) -> list[str]:
    average = fitted(f"Average {wording.label(report.measure)}", _WIDEST_HEADING, _SIZE, BOLD)
    return ["Records", _heading(report.measure), average]


def _figures(report: Report, sums: Sums) -> list[str]:
    total = wording.amount(sums.total, wording.places(report))
    return [f"{sums.records:,}", total, wording.amount(wording.mean(sums), 2)]


def _compact(row: DailyRow, decimals: int) -> list[str]:
    return [f"{row.day:%a} {row.day.day}", f"{row.records:,}", wording.amount(row.total, decimals)]


def _month_heading(report: Report, rows: Sequence[DailyRow]) -> str:
    """Return the month's name and sums; the sums of an only month are the totals beneath."""
    month = f"{rows[0].day:%B %Y}"
    if len(rows) == len(report.daily):
        return month
    records, total = sum(row.records for row in rows), sum((row.total for row in rows), Decimal(0))
    measure = f"{wording.label(report.measure)} {wording.amount(total, wording.places(report))}"
    sums = markup(f"{wording.count(records, 'record')}  ·  {measure}")
    return f'{month} &nbsp; <font name="{REGULAR}" color="#{MUTED.hexval()[2:]}">{sums}</font>'


def _natural_widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Return the widths at which no cell is cut."""
    columns = zip(*rows, strict=True)
    return [max(text_width(cell, _SIZE, BOLD) for cell in set(column)) + 2 * _PADDING for column in columns]


def _wide(rows: list[list[str]]) -> Table:
    """Return a table as wide as the text: a heading, rows, and totals; its second column takes the rest."""
    names = [row[1] for row in rows]
    widths = _natural_widths([[row[0], "", *row[2:]] for row in rows])
    widths[1] = max(WIDTH - sum(widths) + widths[1], _NARROWEST_NAME)
    shown = [fitted(name, widths[1] - 2 * _PADDING, _SIZE, BOLD) for name in names]
    commands: list[Command] = [
        *_look(0, len(widths) - 1, figures_from=2),
        ("LINEBELOW", (0, 1), (-1, -2), 0.4, LINE),
        ("BACKGROUND", (0, -1), (-1, -1), PALE),
        ("FONTNAME", (0, -1), (-1, -1), BOLD),
        ("TEXTCOLOR", (0, -1), (-1, -1), INK),
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, INK),
    ]
    commands += [
        ("FONTNAME", (1, at), (1, at), font_for(name))
        for at, name in enumerate(shown[1:-1], start=1)
        if font_for(name) != REGULAR
    ]
    commands += [("FONTNAME", (at, 0), (at, 0), font_for(text, BOLD)) for at, text in enumerate(rows[0])]
    cells = [[row[0], name, *row[2:]] for row, name in zip(rows, shown, strict=True)]
    return Table(cells, widths, repeatRows=1, style=commands, hAlign="LEFT")


def _side_by_side(
    heading: list[str], rows: Sequence[list[str]], widths: Sequence[float], blocks: int
) -> Table:
    """Return a table that is read down each block, then on to the next."""
    deep = -(-len(rows) // blocks)
    parts = [rows[start : start + deep] for start in range(0, len(rows), deep)]
    step, lines = len(heading) + 1, []
    for at in range(-1, deep):
        line: list[str] = []
        for part in parts:
            line += [*(heading if at < 0 else part[at] if at < len(part) else [""] * len(heading)), ""]
        lines.append(line[:-1])
    commands: list[Command] = []
    for at in range(len(parts)):
        first, last = at * step, at * step + len(heading) - 1
        commands += _look(first, last, figures_from=first + 1)
        commands.append(("LINEBELOW", (first, 1), (last, len(parts[at])), 0.4, LINE))
        commands.append(("FONTNAME", (last, 0), (last, 0), font_for(heading[-1], BOLD)))
    commands += [("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]
    return Table(lines, ([*widths, _GAP] * len(parts))[:-1], style=commands, hAlign="LEFT")


def _look(first: int, last: int, *, figures_from: int) -> list[Command]:
    """Return what all tables share, for the columns from `first` to `last`."""
    return [
        ("FONT", (first, 0), (last, -1), REGULAR, _SIZE, _SIZE + 2),
        ("TEXTCOLOR", (first, 0), (last, -1), TEXT),
        ("FONTNAME", (first, 0), (last, 0), BOLD),
        ("TEXTCOLOR", (first, 0), (last, 0), INK),
        ("LINEBELOW", (first, 0), (last, 0), 0.8, INK),
        ("ALIGN", (figures_from, 0), (last, -1), "RIGHT"),
        ("LEFTPADDING", (first, 0), (last, -1), _PADDING),
        ("RIGHTPADDING", (first, 0), (last, -1), _PADDING),
        ("TOPPADDING", (first, 0), (last, -1), 3),
        ("BOTTOMPADDING", (first, 0), (last, -1), 4),
    ]
