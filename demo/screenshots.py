"""Takes the README's pictures of the console, of real runs: a report that waits for approval, and jobs tried.

`make screenshots`; it wants Chromium or Chrome on the PATH.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin

from playwright.async_api import Page, async_playwright

from demo import browser, flights
from demo.runner_process import Runner, running
from streamer.client import Client

PICTURE = Path("docs/images/console.png")
TRIED = Path("docs/images/try-it.png")
REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf", "include_charts": True}
PATH = "/job/demo/january?state=Wait+for+a+decision"


def main() -> None:
    """Run the application, and take the picture."""
    found = browser.find()
    if found is None:
        sys.exit("There is no Chromium and no Chrome on the PATH.")
    with running() as runner:
        flights.load(flights.local_s3(runner.endpoint_url), runner.bucket, months=flights.JANUARY)
        asyncio.run(_take(runner, found))
    sys.stdout.write(f"{PICTURE}\n{TRIED}\n")


async def _take(runner: Runner, path: str) -> None:
    url = json.loads((runner.state_dir / "dev.json").read_text())["console_url"]
    async with Client(runner.ws_url, runner.token) as client:
        for name in ("warm", "january"):  # the first one starts the functions
            payload = {"report": REPORT, "approvers": ["you"]}
            async for frame in client.stream("approve_report", payload, request_id=name):
                if frame["type"] == "progress" and "waiting_for" in (frame.get("metadata") or {}):
                    break
    with tempfile.TemporaryDirectory() as profile:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                profile,
                executable_path=path,
                headless=True,
                args=browser.FLAGS,
                viewport={"width": 1180, "height": 760},
            )
            page = await context.new_page()
            await page.goto(url)
            await page.goto(urljoin(url, PATH))
            await page.locator('.state.waiting[data-state="Wait for a decision"]').wait_for()
            await page.get_by_text("Input", exact=True).click()
            await page.locator(".panel details pre").wait_for()
            await page.screenshot(path=PICTURE)
            await _try(page, url)
            await context.close()


async def _try(page: Page, url: str) -> None:
    """Take the picture of a report that is done, and of two jobs that go on while the network is cut."""
    await page.goto(urljoin(url, "/try?action=delay"))
    run, card = page.get_by_role("button", name="Run", exact=True), page.locator(".trial").first
    await page.get_by_label("seconds").fill("60")
    await page.get_by_label("steps").fill("60")
    await page.get_by_label("How many").fill("2")
    await run.click()
    await card.get_by_text("9 of 60 steps").wait_for()
    await page.get_by_label("How many").fill("1")
    await page.locator("#action").select_option("generate_report")
    await page.get_by_label("include_charts").check()
    await run.click()
    await page.get_by_text("Preview of").click()
    await page.locator(".trial iframe").wait_for()
    await page.get_by_role("switch", name="Cut the network").click()
    await page.get_by_text("no socket can be made").wait_for()
    await page.evaluate("scrollTo(0, 0)")
    await page.screenshot(path=TRIED)


main()
