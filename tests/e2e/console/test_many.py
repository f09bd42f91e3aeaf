"""Row 76: runs that are very long or very wide, and many at once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import create_server
from threading import Event, Thread
from urllib.parse import urljoin

import boto3
import pytest
from playwright.async_api import Page, expect

from jobs.clients import data_bucket, jobs_table
from jobs.job import Job
from router.claiming import claim
from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.execution_reads import EVENTS_A_PAGE
from streamer.console.reading.place import Place
from streamer.console.serving.answers import Answers
from streamer.console.serving.console_server import ConsoleServer
from streamer.console.serving.list_topic import MOST_DETAILS
from streamer.local.ports import HOST
from tests.support.histories import START, long, wide
from tests.support.many import ManyReads
from tests.support.stack import counted

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_DRAWN = 150  # of any list's rows
MOST_BARS = 450  # of a state


@asynccontextmanager
async def serving(reads: Reads, page: Page) -> AsyncIterator[str]:
    """Serve a console, until the page has left it."""
    server = ConsoleServer(create_server((HOST, 0)), Answers(reads))
    yield server.url
    await page.goto("about:blank")
    await asyncio.to_thread(server.close)


async def test_a76_a_history_of_25000_events(page: Page) -> None:
    reads = ManyReads(long(25_000), "long", frames=5_000)
    async with serving(reads, page) as url:
        await page.goto(url)
        await page.goto(urljoin(url, "/job/acme/many?state=Work"))
        await expect(page.locator('.state[data-state="Work"]')).to_contain_text("visits")
        await expect(page.locator(".trouble .note")).to_have_count(0)
        assert reads.calls.count("GetExecutionHistory") == 25_000 / EVENTS_A_PAGE
        await expect(page.locator(".panel")).to_contain_text("the last 100 are here")
        await page.get_by_role("tab", name="Timeline").click()
        await expect(page.locator(".timeline .row")).to_have_count(2)
        assert await page.locator(".timeline .track .bar").count() <= 2 * MOST_BARS
        await page.get_by_role("tab", name="Frames").click()
        await page.locator("#frames").focus()
        await page.keyboard.press("End")
        await expect(page.locator("#frames [aria-selected=true]")).to_have_attribute("aria-posinset", "5001")
        assert await page.locator("#frames [role=option]").count() <= MOST_DRAWN
    # Nobody asks again for what has ended.
    assert reads.calls.count("GetExecutionHistory") == 25


async def test_a76_a_map_of_10000_items(page: Page) -> None:
    reads = ManyReads(wide(10_000), "wide")
    async with serving(reads, page) as url:
        await page.goto(url)
        await page.goto(urljoin(url, "/job/acme/many?state=Each"))
        items = page.locator("#items")
        await expect(page.locator(".counts")).to_contain_text("10,000 items succeeded")
        await expect(items.locator("[role=option]").first).to_have_attribute("aria-setsize", "10000")
        assert await items.locator("[role=option]").count() <= MOST_DRAWN
        await items.evaluate("list => { list.scrollTop = list.scrollHeight; }")
        await expect(items.locator('[aria-posinset="10000"]')).to_be_visible()
        await items.locator('[aria-posinset="10000"]').click()
        await expect(page.get_by_role("heading", name="Item 9999")).to_be_visible()
        assert "item=9999" in page.url
        # What is told of one item is never another's.
        await page.goto(urljoin(url, "/job/acme/many?state=Work&item=9"))
        await expect(page.locator(".panel")).to_contain_text("Item 9 is not among the last 100")
        await page.goto(urljoin(url, "/job/acme/many?state=Work&item=9998"))
        await expect(page.locator(".panel .facts")).to_contain_text("Item9998")
        work = page.locator('.state[data-state="Work"]')
        await expect(work).to_contain_text("9,900 ✓")
        await expect(work).to_contain_text("100 !")


async def test_a76_a_hundred_jobs_at_once(page: Page) -> None:
    rows = page.locator(".jobs tbody tr")
    with counted() as calls:
        for number in range(100):
            job = Job("acme", "ada", f"j{number:03}", "delay", {})
            claim(job, {}, 1, "arn:x:stateMachine:x", "connection", START + number)
        ended, writing = Event(), Thread(target=lambda: _speak(ended))
        writing.start()
        try:
            place = Place("many", jobs_table().name, data_bucket(), lambda: boto3.DEFAULT_SESSION)
            async with serving(Reads(place), page) as url:
                await page.goto(url)
                await expect(rows).to_have_count(50)
                await expect(rows.first).to_contain_text("%")
                await page.get_by_role("button", name="Older jobs").click()
                await expect(rows).to_have_count(100)
                calls.clear()
                before = await rows.first.inner_text()
                await expect(rows.first).not_to_have_text(before)  # it goes on
                began = time.monotonic()
                await asyncio.sleep(3)
                made, seconds = list(calls), time.monotonic() - began
        finally:
            ended.set()
            writing.join()
    # A page of the index and some details a turn; no execution is asked for.
    assert 0 < made.count("dynamodb:Query") <= (1 + seconds) * (1 + MOST_DETAILS) * 2
    assert not [call for call in made if call.startswith("stepfunctions")]


def _speak(ended: Event) -> None:
    """Log a frame for the newest job, again and again, as its steps do."""
    seq = 0
    while not ended.wait(0.2):
        seq += 1
        frame = {"type": "progress", "seq": seq, "timestamp": START, "percentage": seq % 100, "attempt": 1}
        text = json.dumps(frame | {"message": str(seq), "stage": "S", "status": "running"})
        jobs_table().put_item(Item={"pk": "acme#j099", "sk": f"frame#{seq:010d}", "frame": text})
