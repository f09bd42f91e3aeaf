"""What a demonstration needs: the running application, a client of it, and the terminal."""

import json
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from demo.flights import JANUARY, load, local_s3
from demo.runner_process import Runner
from streamer.client import Client
from streamer.display import Display
from streamer.local.identity import mint

OUTPUT = Path("demo-output")
MOST_ITEMS = 8


class DemoError(Exception):
    """The application did not do what the demonstration shows."""


class Play:
    """One demonstration on a running application."""

    def __init__(self, runner: Runner, client: Client, console: Console) -> None:
        self.runner, self.client, self.console = runner, client, console

    @classmethod
    @asynccontextmanager
    async def on(cls, runner: Runner, console: Console) -> AsyncIterator[Self]:
        """Connect to the runner."""
        async with Client(runner.ws_url, runner.token) as client:
            yield cls(runner, client, console)

    def load_flights(self) -> None:
        """Put the flights into the data bucket, under a progress bar."""
        s3 = local_s3(self.runner.endpoint_url)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days")
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task("loading flights", total=31)
            flights = load(s3, self.runner.bucket, months=JANUARY, on_day=lambda *_: progress.advance(task))
        self.console.print(f"loaded {flights:,} flights into {self.runner.bucket}")

    def say(self, sentence: str) -> None:
        """Say what comes next, where it does not explain itself."""
        self.console.print(f"\n{sentence}", highlight=False)

    async def ask(self, action: str, payload: Any, on_progress: Any = None) -> Any:
        """Ask for an action and show what is asked and what comes; return its data or result.

        `on_progress(frame)`, a coroutine function, is awaited for every progress frame.

        Raises:
            DemoError: the action failed.
        """
        self.console.print()
        self.console.print(Text.assemble("asking for ", (action, "bold"), " ", (asked(payload), "dim")))
        with Display(self.console) as display:
            async with aclosing(self.client.stream(action, payload)) as frames:
                async for frame in frames:
                    display.show(frame)
                    if frame["type"] == "progress" and on_progress:
                        await on_progress(frame)
        if frame["type"] == "error":
            raise DemoError(f"{action} failed; the application's log is {self.runner.log}")
        return frame["data"] if frame["type"] == "response" else frame.get("result")

    async def upload(self, body: bytes) -> str:
        """Send a file through the URL that `upload` hands out; return its id."""
        given = await self.ask("upload", {"size": len(body)})
        request = urllib.request.Request(  # noqa: S310 - the runner's own address
            given["url"], data=body, headers=given["headers"], method=given["method"]
        )
        with urllib.request.urlopen(request):  # noqa: S310
            self.console.print(f"sent {len(body):,} bytes through that URL")
        return str(given["upload"])

    def keep(self, url: str, name: str, lines: int = 0) -> Path:
        """Download a result, without credentials; show its first lines, and say how to look at it."""
        OUTPUT.mkdir(exist_ok=True)
        path = OUTPUT / name
        with urllib.request.urlopen(url) as download:  # noqa: S310
            path.write_bytes(download.read())
        if lines:
            self.console.print()
            for line in path.read_text().splitlines()[:lines]:
                self.console.print(f"  {line}", markup=False, highlight=False, style="dim", soft_wrap=True)
        opener = {"darwin": "open", "win32": "start"}.get(sys.platform, "xdg-open")
        size = path.stat().st_size
        self.console.print(f"\nThe result is [bold]{path}[/], {size:,} bytes. To see it:\n  {opener} {path}")
        return path

    @asynccontextmanager
    async def other_user(self, user: str) -> AsyncIterator[Client]:
        """Connect as somebody else of the same tenant."""
        token = mint(self.runner.state_dir, "demo", user, 600)
        async with Client(self.runner.ws_url, token) as client:
            yield client


def asked(payload: Any) -> str:
    """Return a payload as text; of a long list its first item and how many there are."""
    return "" if payload is None else json.dumps(_shortened(payload), ensure_ascii=False)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(each) for name, each in value.items()}
    if isinstance(value, list):
        rest = [f"… and {len(value) - 1:,} more"] if len(value) > MOST_ITEMS else []
        return [_shortened(each) for each in (value[:1] if rest else value)] + rest
    return value
