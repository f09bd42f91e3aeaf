"""Shows on a terminal what the doctor looks at, as it looks."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from streamer.operating.doctor.finding import Looked
from streamer.printable import printable


def tell(made: Iterable[tuple[str, Looked]], console: Console) -> int:
    """Print every check and what it found; return how much that is."""
    found, last = 0, ""
    for heading, looked in made:
        if heading != last:
            console.print(Text(heading, "bold"))
            last = heading
        if looked.skipped:
            _line(console, ("  -  ", "dim"), (f"{looked.name}: {looked.skipped}", "dim"))
        elif not looked.findings:
            _line(console, ("  ok ", "green"), (looked.name, ""))
        for each in looked.findings:
            _line(console, ("  !! ", "bold red"), (each.problem, "bold"))
            _line(console, ("     seen  ", "dim"), (each.evidence, ""))
            _line(console, ("     mend  ", "dim"), (each.mend, ""))
        found += len(looked.findings)
    console.print(Text(f"{found} to mend." if found else "Nothing is wrong.", "bold"))
    return found


def _line(console: Console, *parts: tuple[str, str]) -> None:
    clean = [(printable(text), style) for text, style in parts]
    console.print(Text.assemble(*clean), soft_wrap=True, highlight=False)
