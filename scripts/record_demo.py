"""Write docs/images/demo.svg, the picture of `make demo`: `PYTHONPATH=. python scripts/record_demo.py`.

It plays the demonstration itself; a bar is drawn once, as it stands in the end. Let little else run.
"""

import asyncio
import io
import re
from functools import partial
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.live import Live
from rich.progress import Progress

from demo import play
from demo.__main__ import show
from demo.scenes import SCENES
from streamer import display

TARGET = Path(__file__).resolve().parent.parent / "docs/images/demo.svg"
FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'


def main() -> None:
    """Play, and write the picture."""
    for module, name, still in (
        (play, "Progress", partial(Progress, disable=True)),
        (display, "Live", partial(Live, auto_refresh=False)),
    ):
        setattr(module, name, still)
    console = Console(
        record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor", width=96
    )
    console.print("$ make demo", highlight=False)
    asyncio.run(show(SCENES["generate_report"], console))
    # A picture fetches no fonts from elsewhere.
    style = re.sub(r"@font-face {{.*?}}\s*(?=@|\.)", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    style = style.replace("Fira Code, monospace", FONTS)
    svg = console.export_svg(title="make demo", code_format=style, unique_id="demo")
    TARGET.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE), encoding="utf-8")


if __name__ == "__main__":
    main()
