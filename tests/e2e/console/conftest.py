"""The console in a real browser. Where there is none, these tests are skipped, and say so."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from demo.browser import FLAGS
from demo.runner_process import Runner
from tests.support.browser import browser_path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BrowserContext]:
    """A browser with a profile of its own."""
    found = browser_path()
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=found,
            headless=True,
            args=list(FLAGS),
            viewport={"width": 1280, "height": 860},
        )
        context.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)  # the machine may be busy
        yield context
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: BrowserContext) -> AsyncIterator[Page]:
    """A page; the test fails if anything goes wrong on it unseen."""
    page, faults = await browser.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    await page.close()
    assert not faults


@pytest.fixture
def console_url(runner: Runner) -> str:
    """The console's address with its token, as `streamer dev` gives it."""
    return console_of(runner.state_dir)


def console_of(state_dir: Path) -> str:
    url: str = json.loads((state_dir / "dev.json").read_text())["console_url"]
    return url
