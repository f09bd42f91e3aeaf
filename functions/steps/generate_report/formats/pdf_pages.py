"""The PDF's pages: the cover band, running heads, and footers that know how many pages there are."""

from io import BytesIO
from typing import Any

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from steps.generate_report.formats import wording
from steps.generate_report.formats.pdf_style import (
    ACCENT,
    BAND,
    BOLD,
    FOOT,
    FRAME_HEIGHT,
    INK,
    LINE,
    MARGIN,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    REGULAR,
    TINT,
    WHITE,
    WIDTH,
    fitted,
    fitted_size,
    font_for,
)
from steps.generate_report.report import Report


class NumberedCanvas(Canvas):
    """A canvas that holds its pages back until their number is known."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802
        """Keep the page for later and begin the next one."""
        self._held.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # reportlab has it, its stubs do not

    def save(self) -> None:
        """Number the pages, then write them all."""
        for number, page in enumerate(self._held, start=1):
            self.__dict__.update(page)
            _line(self, f"Page {number} of {len(self._held)}", PAGE_WIDTH - MARGIN, 30, 8, MUTED, right=True)
            super().showPage()
        super().save()


def document(file: BytesIO, report: Report) -> BaseDocTemplate:
    """Return an empty A4 document with the report's metadata and page designs."""

    def cover(canvas: Canvas, _: BaseDocTemplate) -> None:
        _band(canvas, report)
        _footer(canvas, report)

    def later(canvas: Canvas, _: BaseDocTemplate) -> None:
        _running_head(canvas, report)
        _footer(canvas, report)

    first = Frame(MARGIN, FOOT, WIDTH, PAGE_HEIGHT - BAND - 20 - FOOT, 0, 0, 0, 0)
    other = Frame(MARGIN, FOOT, WIDTH, FRAME_HEIGHT, 0, 0, 0, 0)
    pages = BaseDocTemplate(
        file,
        pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
        title=wording.title(report),
        author=wording.AUTHOR,
        subject=wording.period(report),
        creator=wording.AUTHOR,
        lang="en",
    )
    pages.addPageTemplates(
        [
            PageTemplate("cover", [first], onPage=cover, autoNextPageTemplate="later"),
            PageTemplate("later", [other], onPage=later),
        ]
    )
    return pages


def _band(canvas: Canvas, report: Report) -> None:
    canvas.setFillColor(INK)
    canvas.rect(0, PAGE_HEIGHT - BAND, PAGE_WIDTH, BAND, stroke=0, fill=1)
    canvas.setFillColor(ACCENT)
    canvas.rect(0, PAGE_HEIGHT - BAND - 4, PAGE_WIDTH, 4, stroke=0, fill=1)
    title = wording.title(report)
    size = max(fitted_size(title, WIDTH, 26, BOLD), 16)
    top = PAGE_HEIGHT - 34
    _line(canvas, f"{report.report_type} report".upper(), MARGIN, top, 8, TINT, font=BOLD)
    _line(canvas, fitted(title, WIDTH, size, BOLD), MARGIN, top - 34, size, WHITE, font=BOLD)
    _line(canvas, wording.period(report), MARGIN, top - 60, 12, WHITE)
    _line(canvas, wording.generated(report), PAGE_WIDTH - MARGIN, top - 60, 8, TINT, right=True)


def _running_head(canvas: Canvas, report: Report) -> None:
    y = PAGE_HEIGHT - 34
    _line(canvas, fitted(wording.title(report), WIDTH / 2, 8, BOLD), MARGIN, y, 8, INK, font=BOLD)
    _line(canvas, wording.period(report), PAGE_WIDTH - MARGIN, y, 8, MUTED, right=True)
    canvas.setStrokeColor(LINE)
    canvas.line(MARGIN, y - 8, PAGE_WIDTH - MARGIN, y - 8)


def _footer(canvas: Canvas, report: Report) -> None:
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, 42, PAGE_WIDTH - MARGIN, 42)
    _line(canvas, f"{wording.AUTHOR}  ·  {wording.generated(report)}", MARGIN, 30, 8, MUTED)


def _line(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    size: float,
    colour: Color,
    *,
    font: str = REGULAR,
    right: bool = False,
) -> None:
    canvas.setFillColor(colour)
    canvas.setFont(font_for(text, font), size)
    (canvas.drawRightString if right else canvas.drawString)(x, y, text)
