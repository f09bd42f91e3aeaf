"""The PDF's charts, as vectors: records by day and by group."""

from datetime import date
from itertools import count
from typing import Literal

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color

from steps.generate_report.formats import wording
from steps.generate_report.formats.pdf_style import (
    ACCENT,
    BOLD,
    INK,
    LINE,
    MUTED,
    PALE,
    REGULAR,
    TEXT,
    TINT,
    WHITE,
    WIDTH,
    fitted,
    font_for,
    text_width,
)
from steps.generate_report.report import DailyRow, GroupRow

Anchor = Literal["start", "middle", "end"]

_SIZE = 7.5
_SERIES_HEIGHT, _AXIS_HEIGHT, _HEADROOM = 185.0, 18.0, 16.0
_BAR, _BAR_PITCH = 10.0, 19.0
_WEEKS_BEFORE_MONTHS = 92
_DAYS_BEFORE_WEEKS = 12


def _text(
    x: float, y: float, text: str, anchor: Anchor, colour: Color = MUTED, font: str = REGULAR
) -> String:
    name = font_for(text, font)
    return String(x, y, text, textAnchor=anchor, fontName=name, fontSize=_SIZE, fillColor=colour)


def _box(x: float, y: float, width: float, height: float, colour: Color) -> Rect:
    box = Rect(x, y, width, height)
    box.fillColor, box.strokeColor = colour, None
    return box


def ticks(highest: int) -> list[int]:
    """Return round values from 0 to at least `highest`, in four steps at the most."""
    highest = max(highest, 1)
    step = next(n * 10**power for power in count() for n in (1, 2, 5) if 4 * n * 10**power >= highest)
    return list(range(0, highest + step, step))


def day_labels(days: list[date]) -> dict[int, str]:
    """Return which days of a series to name on its axis, and how: days, weeks or months."""
    if len(days) > _WEEKS_BEFORE_MONTHS:
        return {at: f"{day:%b %Y}" for at, day in enumerate(days) if day.day == 1}
    step = 1 if len(days) <= _DAYS_BEFORE_WEEKS else 7
    return {at: f"{days[at].day} {days[at]:%b}" for at in range(0, len(days), step)}


def daily_chart(daily: list[DailyRow]) -> Drawing:
    """Return the records of each day as a line over an area, its highest point named; needs two days."""
    scale = ticks(max(row.records for row in daily))
    left = max(text_width(f"{value:,}", _SIZE) for value in scale) + 8
    bottom, right = _AXIS_HEIGHT, WIDTH - 14
    height = _SERIES_HEIGHT - bottom - _HEADROOM
    drawing = Drawing(WIDTH, _SERIES_HEIGHT)
    for value in scale:
        y = bottom + height * value / scale[-1]
        drawing.add(Line(left, y, WIDTH, y, strokeColor=LINE if value else MUTED, strokeWidth=0.5))
        drawing.add(_text(left - 6, y - 2.6, f"{value:,}", "end"))

    inset = 14.0
    spread = (right - left - inset) / (len(daily) - 1)
    xs = [left + inset + spread * at for at in range(len(daily))]
    ys = [bottom + height * row.records / scale[-1] for row in daily]
    line = [value for point in zip(xs, ys, strict=True) for value in point]
    area = [xs[0], bottom, *line, xs[-1], bottom]
    drawing.add(Polygon(area, fillColor=TINT, strokeColor=None))
    drawing.add(PolyLine(line, strokeColor=ACCENT, strokeWidth=1.4, strokeLineJoin=1))

    for at, name in day_labels([row.day for row in daily]).items():
        drawing.add(Line(xs[at], bottom, xs[at], bottom - 3, strokeColor=MUTED, strokeWidth=0.5))
        drawing.add(_text(xs[at], bottom - 12, name, "middle"))

    peak = max(range(len(daily)), key=lambda at: daily[at].records)
    name = f"{daily[peak].records:,}"
    backing = text_width(name, _SIZE, BOLD) + 4
    drawing.add(_box(xs[peak] - backing / 2, ys[peak] + 4, backing, _SIZE + 1, WHITE))
    drawing.add(Circle(xs[peak], ys[peak], 2.6, fillColor=ACCENT, strokeColor=WHITE, strokeWidth=1))
    drawing.add(_text(xs[peak], ys[peak] + 6, name, "middle", INK, BOLD))
    return drawing


def group_chart(groups: list[GroupRow]) -> Drawing:
    """Return the records of the largest groups as bars, the first on top."""
    top = groups[: wording.TOP_GROUPS]
    names = [wording.group_name(row.name) for row in top]
    figures = [f"{row.records:,}  ·  {row.share:.1%}" for row in top]
    left = min(max(text_width(name, _SIZE) for name in names), 150) + 8
    widest = WIDTH - left - max(text_width(figure, _SIZE) for figure in figures) - 8
    highest = max(*(row.records for row in top), 1)
    drawing = Drawing(WIDTH, _BAR_PITCH * len(top))
    for at, (row, name, figure) in enumerate(zip(top, names, figures, strict=True)):
        y = drawing.height - _BAR_PITCH * (at + 1) + (_BAR_PITCH - _BAR) / 2
        drawing.add(_text(0, y + 2.4, fitted(name, left - 8, _SIZE), "start", TEXT))
        drawing.add(_box(left, y, widest, _BAR, PALE))
        drawing.add(_box(left, y, widest * row.records / highest, _BAR, ACCENT))
        drawing.add(_text(WIDTH, y + 2.4, figure, "end", TEXT))
    return drawing
