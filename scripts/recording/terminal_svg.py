"""How a terminal is drawn: by rich, without what a picture would fetch from elsewhere."""

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
COLUMNS = 96
FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'
# rich's own, but for the fonts.
STYLE = re.sub(r"@font-face {{.*?}}\s*(?=@|\.)", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", FONTS
)


def terminal() -> Console:
    """Return a terminal that keeps what is printed on it."""
    return Console(
        record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor", width=COLUMNS
    )


def write(name: str, svg: str) -> None:
    """Write a picture of the README's."""
    (IMAGES / name).write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE), encoding="utf-8")
