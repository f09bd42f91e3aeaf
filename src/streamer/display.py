"""Shows one request in a terminal: a bar per stage as its frames arrive, then the result or the error.

Where the output is no terminal, plain lines tell the same.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.style import Style
from rich.table import Column, Table
from rich.text import Text

from streamer.client.frames import Error, Partial, Progress, ServerFrame
from streamer.client.line import ConnectionChange
from streamer.filelinks import expiry, file_name, length, links_in
from streamer.printable import printable

MOST_LINES = 8  # of a list


@dataclass
class Stage:
    """What is known of one stage; `share` is its part of the whole, in percent.

    `started` and `updated` are its frames' times, in seconds since the epoch: they may come long after.
    """

    name: str
    share: tuple[float, float]
    message: str = ""
    done: float = 0.0
    attempt: int = 1
    retrying: bool = False
    started: float | None = None
    updated: float = 0.0
    heard: float = field(default_factory=time.monotonic)  # by this machine's clock

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        if self.started is None:
            return 0.0
        return self.updated - self.started + (0 if self.done >= 1 else time.monotonic() - self.heard)

    def update(self, frame: Progress) -> None:
        """Take over what a frame says."""
        start, end = self.share
        self.done = min(max((frame["percentage"] - start) / max(end - start, 1e-9), self.done), 1.0)
        self.message, self.attempt = frame["message"], frame["attempt"]
        self.retrying = frame["status"] == "retrying"
        self.hear(frame["timestamp"])

    def hear(self, at: float) -> None:
        """Take note of a frame's time; the first is the beginning's."""
        self.started = at if self.started is None else self.started
        self.updated, self.heard = at, time.monotonic()


class Display:
    """Follows one request's frames on `console`, within a `with`: give `show` each of them, in order."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._whole = Stage("total", (0, 100))
        self._stages: dict[str, Stage] = {}
        self._live = Live(console=console, get_renderable=self.bars, refresh_per_second=12)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, frame: ServerFrame) -> None:
        """Show a frame."""
        match frame["type"]:
            case "acknowledgment":
                about = f"  about {length(frame['estimate_seconds'])}, request {frame['request_id']}"
                self._line(("accepted ", "green"), frame["action"], (about, "dim"))
                self._whole.hear(frame["timestamp"])
            case "progress":
                self._progress(frame)
            case "response":
                self._end("answered", "green", frame["data"])
            case "complete" if frame["success"]:
                self._end("complete", "green", frame["result"])
            case "complete":
                self._end("complete, not all of it succeeded", "yellow", frame["result"])
            case "error":
                self._end(*_failure(frame))

    def connection(self, change: ConnectionChange, reason: str) -> None:
        """Show that the connection was lost or is back; a planned move is of no interest."""
        if change == "lost":
            self._line(("lost ", "yellow"), reason, ("; connecting again", "dim"))
        elif change == "connected":
            self._line(("connected again", "green"))

    def bars(self) -> RenderableType:
        """Return the picture: one row a stage and one for the whole."""
        columns = [
            Column(no_wrap=True, max_width=20, overflow="ellipsis"),
            Column(width=max(12, min(self._console.width // 4, 40))),
            Column(justify="right", width=4),
            Column(justify="right", width=7),
            Column(no_wrap=True, overflow="ellipsis", ratio=1),
        ]
        table = Table.grid(*columns, padding=(0, 1), expand=True)
        for stage in [*self._stages.values(), self._whole]:
            colour = "yellow" if stage.retrying else "green" if stage.done >= 1 else "cyan"
            told = "yellow" if stage.retrying else "dim" if stage.done >= 1 else ""
            table.add_row(
                Text(printable(stage.name), "bold" if stage is self._whole else ""),
                ProgressBar(1.0, stage.done, complete_style=colour, finished_style=colour),
                f"{stage.done:.0%}",
                Text(f"{stage.seconds:.1f} s", "dim"),
                Text(printable(_message(stage)), told),
            )
        return table

    def _progress(self, frame: Progress) -> None:
        share = frame.get("metadata") or {}
        new = frame["stage"] not in self._stages
        if new:
            known = (share.get("from", 0), share.get("to", 100))
            self._stages[frame["stage"]] = Stage(frame["stage"], known)
            for earlier in self._stages.values():  # a Map's last count is not always told
                earlier.done = 1.0 if earlier.share[1] <= known[0] else earlier.done
        stage, before = self._stages[frame["stage"]], self._whole.done
        changed = (
            new or stage.attempt != frame["attempt"] or stage.retrying != (frame["status"] == "retrying")
        )
        stage.update(frame)
        self._whole.update(frame)
        self._whole.message, self._whole.attempt, self._whole.retrying = "", 1, False
        if self._console.is_terminal:
            self._live.start()
        elif changed or "waiting_for" in share or int(before * 10) != int(self._whole.done * 10):
            said = ": ".join(filter(None, (stage.name, _message(stage))))
            self._line(f"{self._whole.done:4.0%}  {said}")

    def _end(self, headline: str, colour: str, body: Any) -> None:
        self._live.stop()
        self._line((headline, f"bold {colour}"))
        rows = body if isinstance(body, dict) else {"": body}
        # A terminal that knows no colours knows no links.
        links = links_in(body) if self._console.is_terminal and self._console.color_system else {}
        left_out = {"expires_at"} if links else set()
        rows = {key: value for key, value in rows.items() if key not in left_out}
        width = max((len(printable(key)) for key in rows), default=0)
        for key, value in rows.items():
            start = f"  {printable(key):<{width}}  "
            if key in links:
                self._line((start, "dim"), *_link(links[key], body))
            elif value is not None or key == "":
                for line in _lines(value):
                    self._line((start, "dim"), line)
                    start = " " * len(start)

    def _line(self, *parts: str | tuple[str, str | Style]) -> None:
        clean = [
            printable(part) if isinstance(part, str) else (printable(part[0]), part[1]) for part in parts
        ]
        self._console.print(Text.assemble(*clean), soft_wrap=True)  # long values stay whole: to be copied


def _link(url: str, body: dict[str, Any]) -> Iterator[tuple[str, str | Style]]:
    """Yield the file's name, which opens the link in a terminal that can, and when it expires."""
    yield file_name(url), Style(link=url, underline=True)
    if when := expiry(body):
        yield f"  {when}", "dim"


def _lines(value: Any) -> list[str]:
    """Return a value as text; of a list of objects, which are faults or failures, one a line."""
    if not (isinstance(value, list) and value and isinstance(value[0], dict)):
        return [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
    lines = [json.dumps(each, ensure_ascii=False) for each in value[:MOST_LINES]]
    return lines + ([f"and {len(value) - MOST_LINES} more"] if len(value) > MOST_LINES else [])


def _message(stage: Stage) -> str:
    # A stage that begins says its name, which stands before it already.
    message = "" if stage.message == stage.name else stage.message
    return f"attempt {stage.attempt}: {message}".removesuffix(": ") if stage.attempt > 1 else message


def _failure(frame: Error) -> tuple[str, str, dict[str, Any]]:
    error = frame["error"]
    partial: Partial | dict[str, Any] = frame.get("partial") or {}
    kept = {"reached": f"{partial['percentage']:g}%: {partial['message']}"} if partial else {}
    finished = {"finished stages": ", ".join(partial["completed_stages"]) or None} if partial else {}
    kept |= {"left": partial["result"]} if partial.get("result") else {}
    rest = {"details": error.get("details"), "request": frame["request_id"]}
    return f"{error['code']}: {error['message']}", "red", {**kept, **finished, **rest}
