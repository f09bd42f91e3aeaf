"""`python -m demo`: start the runner, load real data, ask for a report, follow it, keep the PDF."""

import argparse
import asyncio
import signal
import sys
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from demo.flights import JANUARY, YEAR, load, local_s3
from demo.runner_process import Runner, RunnerError, running
from streamer.client import Client
from streamer.client.errors import StreamerException
from streamer.display import Display

OUTPUT = Path("demo-output/report.pdf")
REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf", "include_charts": True}

console = Console()


def load_flights(runner: Runner, months: tuple[int, ...]) -> None:
    """Put the flights into the runner's data bucket, under a progress bar."""
    s3 = local_s3(runner.endpoint_url)
    days = (date(2014, 1, 1) - date(2013, 1, 1)).days if months == YEAR else 31
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days")
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("loading flights", total=days)
        flights = load(s3, runner.bucket, months=months, on_day=lambda *_: progress.advance(task))
    console.print(f"loaded {flights:,} flights into {runner.bucket}")


async def follow(runner: Runner, request: dict[str, Any]) -> dict[str, Any] | None:
    """Ask for a report and show what comes; return its result, or None if it failed."""
    async with Client(runner.ws_url, runner.token) as client:
        with Display(console) as display:
            async for frame in client.stream("generate_report", request):
                display.show(frame)
    return frame["result"] if frame["type"] == "complete" else None


def demonstrate(months: tuple[int, ...]) -> int:
    """Run it all; return the exit status."""
    console.print("starting the application, a few seconds", style="dim")
    with running() as runner:
        console.print(f"it runs at {runner.ws_url}\n", style="dim")
        load_flights(runner, months)
        request = REPORT if months == JANUARY else {**REPORT, "end_date": "2013-12-31"}
        console.print(f"\nasking for a report of {request['start_date']} to {request['end_date']}\n")
        result = asyncio.run(follow(runner, request))
        if result is None:
            raise RunnerError(f"the report failed; the functions' log is {runner.log}")
        OUTPUT.parent.mkdir(exist_ok=True)
        with urllib.request.urlopen(result["url"]) as download:  # noqa: S310 — the runner's own, without credentials
            OUTPUT.write_bytes(download.read())
    opener = {"darwin": "open", "win32": "start"}.get(sys.platform, "xdg-open")
    console.print(
        f"\nThe report is [bold]{OUTPUT}[/], {OUTPUT.stat().st_size:,} bytes. To see it:\n  {opener} {OUTPUT}"
    )
    return 0


def main() -> int:
    """Parse the arguments and run the demonstration."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--year", action="store_true", help="load and report the whole year, 336,776 flights")
    arguments = parser.parse_args()
    # Ended from outside, the runner must stop too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return demonstrate(YEAR if arguments.year else JANUARY)
    except KeyboardInterrupt:
        return 130
    except (RunnerError, StreamerException) as error:
        console.print(f"[red]{type(error).__name__}[/]", end=": ")
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
