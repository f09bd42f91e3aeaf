"""The look of the PDF: measures in points, colours, and fonts that take any text."""

from collections.abc import Sequence
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Flowable

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 48.0
WIDTH = PAGE_WIDTH - 2 * MARGIN
BAND, HEAD, FOOT = 116.0, 56.0, 50.0
FRAME_HEIGHT = PAGE_HEIGHT - HEAD - FOOT

_HEADING_WITH_SOME_ROWS = 120.0

INK, TEXT, MUTED = HexColor("#1F2A44"), HexColor("#2B3342"), HexColor("#6B7686")
ACCENT, TINT = HexColor("#2F6690"), HexColor("#DCE8F0")
LINE, PALE, WHITE = HexColor("#DDE2E9"), HexColor("#F4F6F9"), HexColor("#FFFFFF")

REGULAR, BOLD = "Helvetica", "Helvetica-Bold"

# Helvetica ends at Western Europe. Adobe's Song covers Chinese, kana, Greek and Cyrillic without a font in
# the file: viewers bring theirs. Vera takes all other text, and shows a box for a character that it lacks.
_SONG = "STSong-Light"
_VERA = {REGULAR: "Vera", BOLD: "Vera-Bold"}
pdfmetrics.registerFont(UnicodeCIDFont(_SONG))
pdfmetrics.registerFont(TTFont(_VERA[REGULAR], "Vera.ttf"))
pdfmetrics.registerFont(TTFont(_VERA[BOLD], "VeraBd.ttf"))


def font_for(text: str, font: str = REGULAR) -> str:
    """Return `font`, or the one that best shows a text whose characters `font` lacks."""
    for charset, candidate in (("cp1252", font), ("gb2312", _SONG)):
        try:
            text.encode(charset)
        except UnicodeEncodeError:
            continue
        return candidate
    return _VERA[font]


def text_width(text: str, size: float, font: str = REGULAR) -> float:
    """Return the width of a line of text."""
    return pdfmetrics.stringWidth(text, font_for(text, font), size)


def fitted(text: str, width: float, size: float, font: str = REGULAR) -> str:
    """Return the text, or as much of its beginning as fits `width` with an ellipsis."""
    if text_width(text, size, font) <= width + 0.01:
        return text
    end = len(text)
    while end and text_width(f"{text[:end]}…", size, font) > width:
        end -= 1
    return f"{text[:end].rstrip()}…"


def fitted_size(text: str, width: float, size: float, font: str = REGULAR) -> float:
    """Return `size`, or the smaller one at which the whole text fits `width`: figures are never cut."""
    return min(size, size * width / max(text_width(text, size, font), 1))


def markup(text: str, font: str = REGULAR) -> str:
    """Return text as a paragraph's markup that shows exactly this text."""
    safe = escape(text, quote=False)
    chosen = font_for(text, font)
    return safe if chosen == font else f'<font name="{chosen}">{safe}</font>'


HEADING = ParagraphStyle(
    "heading", fontName=BOLD, fontSize=12.5, leading=16, textColor=INK, spaceBefore=20, alignment=TA_LEFT
)
NOTE = ParagraphStyle("note", fontName=REGULAR, fontSize=8.5, leading=12, textColor=MUTED)
BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=10, leading=14, textColor=TEXT)
MONTH = ParagraphStyle(
    "month", parent=BODY, fontName=BOLD, fontSize=9, leading=12, textColor=INK, spaceBefore=10, spaceAfter=3
)


def kept_whole(parts: Sequence[Flowable]) -> list[Flowable]:
    """Return the parts so that they share a page, or, if none can hold them, that the first has company."""
    height = sum(
        part.getSpaceBefore() + part.wrap(WIDTH, FRAME_HEIGHT)[1] + part.getSpaceAfter()
        for part in parts
        if not isinstance(part, CondPageBreak)
    )
    return [CondPageBreak(height if height <= FRAME_HEIGHT else _HEADING_WITH_SOME_ROWS), *parts]
