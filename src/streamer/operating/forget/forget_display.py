"""Bars on a terminal: a line a kind, which counts up."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from streamer.operating.forget.forgetting import Tell


@contextmanager
def told(*, as_json: bool) -> Iterator[Tell]:
    """Give what is to be told of each page; the bars are on standard error beside JSON."""
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}")
    lines: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=as_json)) as bars:

        def tell(name: str, more: int) -> None:
            if name not in lines:
                for line in lines.values():
                    bars.update(line, total=max(bars.tasks[line].completed, 1))
                lines[name] = bars.add_task(name, total=None)
            bars.update(lines[name], advance=more)

        yield tell
        for line in lines.values():
            bars.update(line, total=max(bars.tasks[line].completed, 1))
