"""The report as a PDF: a cover band, key figures, charts and tables."""

from io import BytesIO

from reportlab.platypus import Flowable, Paragraph, Spacer

from steps.generate_report.formats import OnPart, wording
from steps.generate_report.formats.pdf_charts import daily_chart, group_chart
from steps.generate_report.formats.pdf_pages import NumberedCanvas, document
from steps.generate_report.formats.pdf_style import (
    ACCENT,
    BODY,
    BOLD,
    HEADING,
    INK,
    MUTED,
    NOTE,
    PALE,
    WIDTH,
    fitted,
    fitted_size,
    font_for,
    kept_whole,
    markup,
)
from steps.generate_report.formats.pdf_tables import day_table, group_table, month_tables
from steps.generate_report.report import Report


def write_pdf(report: Report, *, charts: bool, on_part: OnPart) -> bytes:
    """Return the report on A4 pages; a part is a section as it lands on its page, the file is the last."""
    sections = _sections(report, charts=charts)
    parts = len(sections) + 1
    story: list[Flowable] = []
    for done, section in enumerate(sections, start=1):
        story += [*section, _PartEnd(done, parts, on_part)]
    file = BytesIO()
    document(file, report).build(story, canvasmaker=NumberedCanvas)
    on_part(parts, parts)
    return file.getvalue()


def _sections(report: Report, *, charts: bool) -> list[list[Flowable]]:
    """Return the report's sections in reading order."""
    opening: list[list[Flowable]] = [_filters(report), [KeyFigures(report)]]
    if not report.totals.records:
        return [*opening, [Spacer(0, 24), Paragraph(wording.NO_RECORDS, BODY)]]
    dimension = wording.label(report.dimension)
    detailed = report.report_type == "detailed"
    largest = min(len(report.groups), wording.TOP_GROUPS)
    shown = len(report.groups) if detailed else largest
    ranking = f"{'All' if shown == len(report.groups) else f'The {shown} largest of'} "
    ranking += f"{wording.count(len(report.groups), 'group')}, by records"
    drawings = [_section(f"Records by {dimension}", "", [Spacer(0, 6), group_chart(report.groups)])]
    if len(report.daily) > 1:
        drawings.insert(0, _section("Records per day", "", [Spacer(0, 4), daily_chart(report.daily)]))
    return [
        *opening,
        *(drawings if charts else []),
        _section(f"Figures by {dimension}", ranking, [Spacer(0, 6), group_table(report)]),
        _section("Day by day", "", [Spacer(0, 6), day_table(report)] if detailed else month_tables(report)),
    ]


def _section(title: str, note: str, content: list[Flowable]) -> list[Flowable]:
    """Return a section that stays whole if a page can hold it, and never ends with its heading."""
    heading = [Paragraph(markup(title, BOLD), HEADING), *([Paragraph(markup(note), NOTE)] if note else [])]
    return kept_whole([*heading, *content])


def _filters(report: Report) -> list[Flowable]:
    """Return what the records were restricted to, a line for each column."""
    lines = [
        Paragraph(f"Only {markup(column)}: {markup(kept)}", NOTE) for column, kept in wording.filters(report)
    ]
    return [*lines, Spacer(0, 12)] if lines else []


class KeyFigures(Flowable):
    """A row of cards: records, total, average and busiest day."""

    HEIGHT, GAP, INSET = 72.0, 10.0, 12.0

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.width, self.height = WIDTH, self.HEIGHT
        self.cards = _cards(report)

    def draw(self) -> None:
        """Draw each card: what it is, its figure, and a remark."""
        width = (WIDTH - self.GAP * (len(self.cards) - 1)) / len(self.cards)
        inner = width - 2 * self.INSET
        for at, (name, figure, remark) in enumerate(self.cards):
            x = at * (width + self.GAP)
            self.canv.setFillColor(PALE)
            self.canv.roundRect(x, 0, width, self.HEIGHT, 4, stroke=0, fill=1)
            self.canv.setFillColor(ACCENT)
            self.canv.rect(x, 12, 2.5, self.HEIGHT - 24, stroke=0, fill=1)
            size = fitted_size(figure, inner, 17, BOLD)
            for text, y, points, font, colour in [
                (fitted(name, inner, 8), 53, 8, "Helvetica", MUTED),
                (figure, 31, size, BOLD, INK),
                (fitted(remark, inner, 7.5), 14, 7.5, "Helvetica", MUTED),
            ]:
                self.canv.setFillColor(colour)
                self.canv.setFont(font_for(text, font), points)
                self.canv.drawString(x + self.INSET, y, text)


def _cards(report: Report) -> list[tuple[str, str, str]]:
    measure, totals, busiest = wording.label(report.measure), report.totals, wording.busiest(report)
    days = wording.count((report.end_date - report.start_date).days + 1, "day")
    return [
        ("Records", f"{totals.records:,}", f"in {days}"),
        (f"Total {measure}", wording.amount(totals.total, wording.places(report)), f"in {days}"),
        (f"Average {measure}", wording.amount(report.average, 2), "per record"),
        (
            "Busiest day",
            f"{busiest.day.day} {busiest.day:%b %Y}" if busiest else "None",
            f"{busiest.day:%A}, {wording.count(busiest.records, 'record')}" if busiest else "no records",
        ),
    ]


class _PartEnd(Flowable):
    """Takes no room; when its turn to be drawn has come, everything before it is on its page."""

    def __init__(self, done: int, parts: int, on_part: OnPart) -> None:
        super().__init__()
        self.width = self.height = 0
        self.done, self.parts, self.on_part = done, parts, on_part

    def draw(self) -> None:
        """Report the part."""
        self.on_part(self.done, self.parts)
