"""What a terminal shows of what is written to it, as far as rich writes to one: lines, redrawn whole."""

import re

_PARTS = re.compile(
    r"(?P<line>\r?\n)|\x1b\[(?P<up>\d*)A|(?P<erase>\x1b\[2K)"
    # Where the cursor stands in a line, whether it is seen, and what is a link, changes nothing here.
    r"|\r|\x1b\[\?25[lh]|\x1b\]8;.*?\x1b\\"
    r"|(?P<text>(?:\x1b\[[\d;]*m|[^\r\n\x1b])+)"
)


class Screen:
    """Lines of text, with the sequences that colour them."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = 0

    def feed(self, written: str) -> None:
        """Take what was written. Raises ValueError: nothing is known of such a sequence."""
        at = 0
        while at < len(written):
            part = _PARTS.match(written, at)
            if part is None:
                raise ValueError(f"an unknown sequence: {written[at : at + 12]!r}")
            at = part.end()
            self._take(part)

    def _take(self, part: "re.Match[str]") -> None:
        if part["line"]:
            self._row += 1
            if self._row == len(self.lines):
                self.lines.append("")
        elif part["up"] is not None:
            self._row -= int(part["up"] or 1)
        elif part["erase"]:
            self.lines[self._row] = ""
        elif part["text"]:
            self.lines[self._row] += part["text"]
