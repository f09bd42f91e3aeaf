"""Row 75: at every frame the console shows what the client knew then, and nothing else."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from demo.runner_process import Runner
from tests.e2e.console.conftest import console_of
from tests.e2e.console.test_console import show, states
from tests.e2e.sockets import ask, run, socket

pytestmark = pytest.mark.asyncio(loop_scope="session")

Frame = dict[str, Any]
STAGES = ["Do the work", "Finish the work"]


def known(frames: list[Frame]) -> dict[str, Any]:
    """Return what these frames tell: said again here, from the protocol and not from the page's code."""
    progress = [frame for frame in frames if frame["type"] == "progress"]
    last, now = frames[-1], progress[-1]["stage"] if progress else ""
    stages = {}
    for stage in STAGES:
        attempts = [frame["attempt"] for frame in progress if frame["stage"] == stage]
        status = "not reached" if not attempts else "running" if stage == now else "succeeded"
        if status == "running" and last["type"] == "complete":
            status = "succeeded"
        if status == "running" and last["type"] == "error":
            status = {"TIMEOUT": "timed out"}.get(last["error"]["code"], "failed")
        stages[stage] = (status, max(attempts, default=0))
    percentage = progress[-1]["percentage"] if progress else 0
    return {"stages": stages, "percentage": percentage, "time": last["timestamp"]}


@pytest.mark.parametrize(
    ("request_id", "fault"),
    [("row-75", {"transient_at": 6}), ("row-75-fail", {"permanent_at": 6}), ("row-75-dies", {"die_at": 3})],
)
async def test_a75_the_slider_agrees_with_the_log_at_every_frame(
    request_id: str, fault: dict[str, int], page: Page, runner: Runner
) -> None:
    async with socket(runner) as c:
        await run(c, "trouble", {"items": 12, "seconds": 0.03, **fault}, id=request_id)
        log = (await ask(c, "resume", {"request_id": request_id, "seq": -1}))["data"]["frames"]
    await show(page, console_of(runner.state_dir), f"/job/acme/{request_id}?frame=0")
    slider = page.get_by_label("As the client saw it at frame")
    await slider.focus()
    await expect(page.locator(".slider output")).to_contain_text(f" of {log[-1]['seq']} ")
    for frame in log:
        seq = frame["seq"]
        await expect(page.locator(".slider output")).to_contain_text(f"{seq} of ")
        assert f"frame={seq}" in page.url
        wanted = known(log[: seq + 1])
        told = await states(page)
        for stage, (status, attempts) in wanted["stages"].items():
            assert told[stage].startswith(status), (seq, stage, told)
            assert (f"attempt {attempts}" in told[stage]) == (attempts > 1), (seq, stage, told)
        # What a client is never told of is not shown as if it were.
        assert told["Save partial progress"] == "not reached, Task"
        bar = page.locator(".heading progress")
        assert float(await bar.get_attribute("value") or -1) == wanted["percentage"]
        await page.get_by_role("tab", name="Timeline").click()
        rows = await page.locator(".timeline .row").evaluate_all("all => all.map(row => row.dataset.state)")
        assert rows == [stage for stage in STAGES if wanted["stages"][stage][1]]
        bars = await page.locator(".timeline .track .bar").count()
        assert bars == sum(len({f["attempt"] for f in log[: seq + 1] if f.get("stage") == s}) for s in STAGES)
        await page.get_by_role("tab", name="Graph").click()
        await slider.focus()
        await page.keyboard.press("ArrowRight")
    # Beyond the last frame is the run itself.
    await expect(page.locator(".slider output")).to_contain_text("the run as it is")
    assert "frame=" not in page.url


async def test_an_address_brings_all_of_it_back(page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        await run(c, "trouble", {"items": 5, "seconds": 0.01}, id="row-75-link")
    path = "/job/acme/row-75-link?view=frames&state=Do+the+work&frame=2"
    await show(page, console_of(runner.state_dir), path)
    await expect(page.get_by_role("tab", name="Frames")).to_have_attribute("aria-selected", "true")
    await expect(page.locator("#frames [aria-selected=true]")).to_have_attribute("aria-posinset", "3")
    await expect(page.locator(".panel h2").first).to_have_text("Frame 2")
    await expect(page.locator(".panel")).to_contain_text("As the client knew it")
