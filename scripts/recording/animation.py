"""An animated picture of a terminal: each text of each row is there as long as it was there.

It moves by CSS alone, and stands still, at its end, for whoever wants no motion.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.ansi import AnsiDecoder

from scripts.recording.recorder import Shown
from scripts.recording.terminal_svg import STYLE, terminal

STEP = 0.4  # seconds, in which at most one change is drawn
LAST = 4.0  # seconds for which the end is there
CHAR_HEIGHT, LINE_HEIGHT = 20, 24.4  # rich's


@dataclass
class Told:
    """A text of a row, from one moment to another; the last ones stay."""

    row: int
    text: str
    start: float
    end: float | None = None


def animated(shown: Sequence[Shown], title: str, name: str) -> str:
    """Return the picture, as SVG; `name` begins the names in it."""
    steps = [each for each, after in zip(shown, [*shown[1:], None], strict=True) if _is_drawn(each, after)]
    texts, seconds = _texts(steps), steps[-1][0] + LAST
    console = terminal()
    for each in texts:
        console.print(*AnsiDecoder().decode(each.text), no_wrap=True, overflow="crop", crop=True)
    styles, matrix = console.export_svg(code_format="{styles}\f{matrix}", unique_id=name).split("\f")
    groups = {int(line): "" for line in range(len(texts))}
    for text, line in re.findall(r'(<text [^>]*?clip-path="url\(#\S+?-line-(\d+)\)">.*?</text>)', matrix):
        groups[int(line)] += re.sub(r' clip-path="[^"]*"', "", text)
    frames = [_animation(number, each, seconds, name) for number, each in enumerate(texts)]
    drawn = [_group(number, texts[number], group, name) for number, group in groups.items() if group]
    still = f"@media (prefers-reduced-motion: reduce) {{ .{name}-matrix g {{ animation: none }} }}"
    return (
        _frame(max(len(lines) for _, lines in steps), title, name)
        .replace("/*styles*/", "\n".join([styles, *filter(None, frames), still]))
        .replace("<!--matrix-->", "\n".join(drawn))
    )


def _is_drawn(each: Shown, after: Shown | None) -> bool:
    """Whether no later text comes within the same step."""
    return after is None or int(after[0] / STEP) != int(each[0] / STEP)


def _texts(steps: Sequence[Shown]) -> list[Told]:
    found: list[Told] = []
    there: dict[int, Told] = {}
    for at, lines in steps:
        for row in range(max(len(lines), len(there))):
            text, before = lines[row] if row < len(lines) else "", there.get(row)
            if before and before.text == text:
                continue
            if before:
                before.end = at
            there[row] = Told(row, text, at)
            found.append(there[row])
    return found


def _animation(number: int, told: Told, seconds: float, name: str) -> str:
    """Return the style of a text that is not always there."""
    if told.start == 0 and told.end is None:
        return ""
    moments = [("0%", "hidden"), (f"{told.start / seconds:.2%}", "visible")]
    if told.end is not None:
        moments.append((f"{told.end / seconds:.2%}", "hidden"))
    keys = "".join(f"{at}{{visibility:{value}}}" for at, value in moments)
    return (
        f"@keyframes {name}-{number}{{{keys}}}"
        f".{name}-{number}{{animation:{name}-{number} {seconds:.1f}s step-end infinite}}"
    )


def _group(number: int, told: Told, texts: str, name: str) -> str:
    moved = re.sub(r' y="[^"]*"', f' y="{told.row * LINE_HEIGHT + CHAR_HEIGHT:g}"', texts)
    hidden = "" if told.end is None else ' visibility="hidden"'
    return f'<g class="{name}-{number}"{hidden}>{moved}</g>'


def _frame(rows: int, title: str, name: str) -> str:
    """Return an empty terminal of so many rows, with places for what is in it."""
    console = terminal()
    console.print("\n" * (rows - 1))
    style = (
        STYLE.replace("{lines}", "").replace("{styles}", "/*styles*/").replace("{matrix}", "<!--matrix-->")
    )
    return console.export_svg(title=title, code_format=style, unique_id=name)
