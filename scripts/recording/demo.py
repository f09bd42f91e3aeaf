"""Write docs/images/demo.svg, the picture of `make demo`: `python -m scripts.recording.demo`.

It plays the demonstration itself; a bar is drawn once, as it stands in the end. Let little else run.
"""

import asyncio
from functools import partial

from rich.live import Live
from rich.progress import Progress

from demo import play
from demo.__main__ import show
from demo.scenes import SCENES
from scripts.recording.terminal_svg import STYLE, terminal, write
from streamer import display


def main() -> None:
    """Play, and write the picture."""
    for module, name, still in (
        (play, "Progress", partial(Progress, disable=True)),
        (display, "Live", partial(Live, auto_refresh=False)),
    ):
        setattr(module, name, still)
    console = terminal()
    console.print("$ make demo", highlight=False)
    asyncio.run(show(SCENES["generate_report"], console))
    write("demo.svg", console.export_svg(title="make demo", code_format=STYLE, unique_id="demo"))


if __name__ == "__main__":
    main()
