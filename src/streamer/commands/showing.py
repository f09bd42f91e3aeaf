"""One request or job, followed on the terminal: what `streamer request` and `streamer follow` share."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from streamer.client import Client
from streamer.client.errors import ConnectionLost, ConnectionRefused
from streamer.client.frames import ServerFrame
from streamer.client.line import ConnectionChange
from streamer.commands.arguments import Failed, state_dir_option
from streamer.commands.downloading import download
from streamer.display import Display
from streamer.printable import printable

Frames = AsyncGenerator[ServerFrame]


@dataclass(frozen=True)
class Wanted:
    """Whom to ask, and how to show what comes; see the options."""

    as_json: bool
    output: Path | None
    url: str | None
    token: str | None
    timeout: float | None
    state_dir: Path


_OPTIONS = (
    click.option("--json", "as_json", is_flag=True, help="Print every frame as a line of JSON."),
    click.option(
        "--output",
        metavar="FILE",
        type=click.Path(dir_okay=False, writable=True, path_type=Path),
        help="Download the result's file to FILE.",
    ),
    click.option(
        "--url",
        envvar="STREAMER_URL",
        help="The endpoint; the local runner's by default.  [env: STREAMER_URL]",
    ),
    click.option("--token", envvar="STREAMER_TOKEN", help="The token for it.  [env: STREAMER_TOKEN]"),
    click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), help="Stop waiting after so many seconds."
    ),
    state_dir_option,
)


def connection_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets them as one `wanted`."""

    @wraps(command)
    def with_wanted(**given: Any) -> None:
        own = {each.name: given.pop(each.name) for each in fields(Wanted)}
        command(**given, wanted=Wanted(**own))

    for option in reversed(_OPTIONS):
        with_wanted = option(with_wanted)
    return with_wanted


def run(begin: Callable[[Client], Frames], wanted: Wanted) -> None:
    """Show the frames that `begin` yields, to the last, and end the process with its exit status."""
    if wanted.output and not wanted.output.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {wanted.output.parent}", param_hint="--output")
    shown = Shown(*endpoint(wanted), wanted)
    try:
        last = asyncio.run(shown.follow(begin))
    except KeyboardInterrupt:
        if shown.job:
            click.echo(f"\nThe job goes on. {shown.how_to_go_on}", err=True)
        raise
    except TimeoutError:
        goes_on = f"the job goes on. {shown.how_to_go_on}" if shown.job else "it may go on"
        raise Failed(f"no result within {wanted.timeout:g} s; {goes_on}") from None
    except ConnectionRefused as error:
        hint = "; is `streamer dev` still running?" if wanted.url is None and error.status is None else ""
        raise Failed(f"{error}{hint}", 3) from error
    except ConnectionLost as error:
        raise Failed(str(error), 3) from error
    if wanted.output and last["type"] != "error":
        download(last, wanted.output, Console(stderr=wanted.as_json))
    succeeded = last["type"] == "response" or (last["type"] == "complete" and last["success"])
    sys.exit(0 if succeeded else 1)


class Shown:
    """One request or job as it is printed. `job` is its id, once it is known to be a job."""

    def __init__(self, url: str, token: str, wanted: Wanted) -> None:
        self._url, self._token, self._wanted = url, token, wanted
        self._display = Display(Console())
        self.job: str | None = None

    @property
    def how_to_go_on(self) -> str:
        """The sentence that says how."""
        return f"To follow it: streamer follow {printable(self.job or '')}"

    async def follow(self, begin: Callable[[Client], Frames]) -> ServerFrame:
        """Print or display the frames, and return the last of them."""
        client = Client(self._url, self._token, on_connection_change=self._tell)
        with self._display:
            async with asyncio.timeout(self._wanted.timeout), client, aclosing(begin(client)) as frames:
                async for frame in frames:
                    self._show(frame)
        return frame

    def _show(self, frame: ServerFrame) -> None:
        if "seq" in frame:
            self.job = frame["request_id"]
        if self._wanted.as_json:
            click.echo(printable(json.dumps(frame, ensure_ascii=False, separators=(",", ":"))))
        else:
            self._display.show(frame)

    def _tell(self, change: ConnectionChange, reason: str) -> None:
        if not self._wanted.as_json:
            self._display.connection(change, reason)
        elif change == "lost":
            click.echo(f"{printable(reason)}; connecting again", err=True)


def endpoint(wanted: Wanted) -> tuple[str, str]:
    """Return the address and the token to use: those given, or the local runner's."""
    if wanted.url and wanted.token:
        return wanted.url, wanted.token
    if wanted.url:
        raise click.UsageError("--url needs --token: the local runner's is not sent elsewhere.")
    folder = wanted.state_dir
    try:
        runner = json.loads((folder / "dev.json").read_text())
    except (OSError, ValueError):
        message = f"no local runner found in {folder}: run `streamer dev` first, or give --url and --token"
        raise Failed(message, 3) from None
    return runner["ws_url"], wanted.token or runner["token"]
