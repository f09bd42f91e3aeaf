"""How long the console takes to open what is long, and what a page with a hundred live jobs costs: row 76.

`PYTHONPATH=functions python -m benchmarks.console`, with Chromium on the PATH. AWS's answers come from the
tests' own long runs, at 10 ms a call. The page's share is of a processor's time, not of the clock's.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from socket import create_server
from threading import Event, Thread
from urllib.parse import urljoin

import boto3
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from jobs.clients import data_bucket, jobs_table
from jobs.job import Job
from router.claiming import claim
from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.place import Place
from streamer.console.serving.answers import Answers
from streamer.console.serving.console_server import ConsoleServer
from tests.support.histories import START, long, wide
from tests.support.many import ManyReads
from tests.support.stack import counted

WATCHED_SECONDS = 10.0
LONG, WIDE = partial(long, 25_000), partial(wide, 10_000)
# What it is, its events, its machine, what is looked at, and what is there then.
RUNS = (
    ("a history of 25,000 events: drawn", LONG, "long", "?state=Work", ".state.chosen"),
    ("the same, read whole", LONG, "long", "", ".trouble:not(:has(.note))"),
    ("a Map of 10,000 items: drawn", WIDE, "wide", "?state=Each", ".state.chosen"),
    ("the same, read whole", WIDE, "wide", "?state=Each", "#items [role=option]"),
)


def main() -> None:
    """Print the figures."""
    table = Table("what", "takes", title="The console")
    with _page() as page:
        for name, events, machine, path, shown in RUNS:
            taken = _opened(page, ManyReads(events(), machine), path, shown)
            table.add_row(name, f"{taken:.2f} s")
        table.add_row("a hundred live jobs: share of a core, the page", f"{_live(page):.1%}")
    Console().print(table)


def _opened(page: Page, reads: Reads, path: str, shown: str) -> float:
    """Return the seconds from the address to what it leads to."""
    server = ConsoleServer(create_server(("127.0.0.1", 0)), Answers(reads))
    page.goto(server.url)
    began = time.perf_counter()
    page.goto(urljoin(server.url, f"/job/acme/many{path}"))
    page.locator(f".job:not([hidden]) {shown}").first.wait_for(state="attached")
    taken = time.perf_counter() - began
    page.goto("about:blank")
    server.close()
    return taken


def _live(page: Page) -> float:
    """Return the part of a core that the page takes while a hundred jobs go on."""
    with counted():
        for number in range(100):
            job = Job("acme", "ada", f"j{number:03}", "delay", {})
            claim(job, {}, 1, "arn:x:stateMachine:x", "connection", START + number)
        ended = Event()
        Thread(target=_speak, args=(ended,), daemon=True).start()
        place = Place("many", jobs_table().name, data_bucket(), lambda: boto3.DEFAULT_SESSION)
        server = ConsoleServer(create_server(("127.0.0.1", 0)), Answers(Reads(place)))
        page.goto(server.url)
        page.locator(".jobs tbody tr").nth(49).wait_for()
        page.get_by_role("button", name="Older jobs").click()
        page.locator(".jobs tbody tr").nth(99).wait_for()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = _busy(devtools.send("Performance.getMetrics"))
        page.wait_for_timeout(WATCHED_SECONDS * 1000)
        taken = _busy(devtools.send("Performance.getMetrics")) - before
        page.goto("about:blank")
        server.close()
        ended.set()
    return taken / WATCHED_SECONDS


def _busy(metrics: dict[str, list[dict[str, float]]]) -> float:
    return next(each["value"] for each in metrics["metrics"] if each["name"] == "TaskDuration")  # type: ignore[comparison-overlap]


def _speak(ended: Event) -> None:
    """Log a frame a second for each of them."""
    seq = 0
    while not ended.wait(1):
        seq += 1
        for number in range(100):
            frame = {
                "type": "progress",
                "seq": seq,
                "timestamp": START,
                "percentage": seq % 100,
                "attempt": 1,
            }
            text = json.dumps(frame | {"message": f"{seq}", "stage": "Work", "status": "running"})
            key = {"pk": f"acme#j{number:03}", "sk": f"frame#{seq:010d}"}
            jobs_table().put_item(Item={**key, "frame": text})


@contextmanager
def _page() -> Iterator[Page]:
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            headless=True,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
            viewport={"width": 1280, "height": 860},
        )
        yield context.new_page()
        context.close()


main()
