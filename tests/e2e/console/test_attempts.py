"""Row 55: a stage whose worker was killed has an attempt more, in each of a job's views."""

import os
import re
import signal

import pytest
from playwright.async_api import Page, expect

from demo.runner_process import Runner
from tests.e2e.console.test_console import show, state, states
from tests.e2e.sockets import receive, send, socket
from tests.support.workers import workers

pytestmark = pytest.mark.asyncio(loop_scope="session")

YEAR = {"start_date": "2013-01-01", "end_date": "2013-12-31", "format": "pdf", "include_charts": True}


async def killed_once(runner: Runner, request_id: str) -> tuple[str, int]:
    """Run a report, a worker of which is killed in mid work; return the stage, and the attempt that died."""
    killed = ("", 0)
    async with socket(runner) as c:
        await send(c, "generate_report", YEAR, id=request_id)
        while (frame := await receive(c, 60))["type"] != "complete":
            stage, attempt = frame.get("stage", ""), frame.get("attempt", 0)
            if stage == killed[0] and attempt > killed[1]:
                break
            if frame["type"] == "progress" and frame["message"] != "Started":
                killed = (stage, attempt)
                for pid, _ in workers(runner, stage.split()[0]):  # QueryFunction queries the records
                    os.kill(pid, signal.SIGKILL)
        else:
            pytest.fail("no worker died in mid work")
        while frame["type"] != "complete":
            frame = await receive(c, 60)
    return killed


async def test_a55_a_stage_whose_worker_was_killed(page: Page, console_url: str, runner: Runner) -> None:
    stage, number = await killed_once(runner, "row-55-killed")
    await show(page, console_url, "/job/acme/row-55-killed")
    await expect(page.locator(".heading .badge")).to_have_text("✓ Completed")

    # The graph: the attempts on its box.
    await expect(state(page, stage)).to_have_class("state succeeded")
    told = (await states(page))[stage]
    attempts = int(re.findall(r"attempt (\d+)", told)[0])
    assert attempts > number
    await expect(state(page, stage).locator(".about")).to_contain_text(f"attempt {attempts}")

    # At the side: each of them, with what it died of.
    await state(page, stage).click()
    listed = page.get_by_role("list", name="Attempts").get_by_role("button")
    await expect(listed).to_have_count(attempts)
    dead = listed.nth(number - 1)
    await expect(dead).to_contain_text(f"{number}: failed")
    await expect(dead).to_contain_text("Runtime.ExitError")
    await expect(listed.last).to_contain_text(f"{attempts}: succeeded")
    await expect(listed.last).to_have_attribute("aria-pressed", "true")
    await dead.click()
    await expect(page.locator(".panel .error")).to_contain_text("Runtime.ExitError")
    await expect(page.locator(".panel summary", has_text=f"Logs of attempt {number}")).to_be_visible()

    # The timeline: a bar for each, the earlier ones pale, and the pause between them.
    await page.get_by_role("tab", name="Timeline").click()
    bars = page.locator(f'.timeline .row[data-state="{stage}"] .track .bar')
    titles = [str(title) for title in await bars.evaluate_all("all => all.map(bar => bar.title)")]
    for attempt, ended in ((number, "failed"), (attempts, "succeeded")):
        (running,) = [title for title in titles if title.startswith(f"running, attempt {attempt}:")]
        assert running.endswith(f", {ended}")
    assert any(title.startswith(f"backing off, attempt {number}:") for title in titles), titles
    pale = await bars.evaluate_all("all => all.filter(bar => bar.matches('.past')).map(bar => bar.title)")
    assert [title for title in titles if f"attempt {attempts}:" not in title] == pale != []
