"""Row 55: a run, running and finished, as the console shows it in a real browser."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import urljoin

import pytest
from mypy_boto3_dynamodb.service_resource import Table
from playwright.async_api import Page, expect

from demo.runner_process import Runner
from tests.e2e.sockets import check_stream, follow, receive, run, send, socket

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORK, FINISH, SAVE, FAIL = "Do the work", "Finish the work", "Save partial progress", "Fail the job"

# Of an element: what is in it is not cut, so that "1 min 34 s" would be "1 min".
WHOLE = "each => each.scrollWidth <= each.clientWidth"


async def show(page: Page, url: str, path: str) -> None:
    """Open a path of the console, with the token the first time."""
    await page.goto(url)
    await page.goto(urljoin(url, path))


def state(page: Page, name: str) -> Any:
    return page.locator(f'.graph .state[data-state="{name}"]')


async def states(page: Page) -> dict[str, str]:
    """Return each state's status, as it is spoken."""
    read = "all => all.map(state => state.getAttribute('aria-label'))"
    labels = await page.locator(".graph .state").evaluate_all(read)
    return {label.split(", ")[0]: label.split(", ", 1)[1] for label in labels}


async def frames_on(page: Page) -> list[dict[str, Any]]:
    """Return the frames that the page shows, one after the other, as the panel has them."""
    found: list[dict[str, Any]] = []
    await page.locator("#frames").focus()
    await page.keyboard.press("Home")
    total = int(await page.locator("#frames [role=option]").first.get_attribute("aria-setsize") or 0)
    for number in range(total):
        await expect(page.locator(".panel h2").first).to_have_text(f"Frame {number}")
        found.append(json.loads(await page.locator(".panel pre.json").first.inner_text()))
        await page.keyboard.press("ArrowDown")
    return found


async def test_a55_a_finished_run(page: Page, console_url: str, runner: Runner) -> None:
    async with socket(runner) as c:
        got = await run(c, "trouble", {"items": 12, "seconds": 0.02, "transient_at": 5}, id="row-55")
    await show(page, console_url, "/job/acme/row-55")
    await expect(page.locator("main h1:visible")).to_have_text("row-55")
    await expect(page.locator(".heading .badge")).to_have_text("✓ Completed")
    await expect(state(page, FINISH)).to_have_class("state succeeded")
    told = await states(page)
    assert told[WORK].startswith("succeeded, ")
    assert "attempt" in told[WORK]
    assert told[SAVE] == "not reached, Task"
    # The way that was taken stands out, the others do not.
    await expect(page.locator(f'[data-line="{WORK}→{FINISH}"]')).to_have_class("line next taken")
    await expect(page.locator(f'[data-line="{WORK}→{SAVE}"]')).to_have_class("line catch")

    await state(page, WORK).click()
    panel = page.locator(".panel")
    failed = panel.get_by_role("button", name="TransientError")
    # A worker that starts slowly may have failed before.
    number = int((await failed.inner_text()).split()[1].rstrip(":"))
    await failed.click()
    await expect(panel.locator(".error")).to_contain_text("TransientError once more")
    assert f"state=Do+the+work&attempt={number}" in page.url
    await panel.locator("summary", has_text="Input").click()
    given = json.loads(await panel.locator("details", has_text="Input").locator("pre").inner_text())
    assert (given["request_id"], given["payload"]["items"]) == ("row-55", 12)
    await panel.locator("summary", has_text="Output").click()
    made = json.loads(await panel.locator("details", has_text="Output").locator("pre").inner_text())
    assert made == {"done": list(range(12))}
    async with page.expect_download() as saving:
        await panel.locator("details", has_text="Output").get_by_role("link", name="Save").click()
    saved = await (await saving.value).path()
    assert json.loads(saved.read_text()) == made
    await panel.get_by_role("button", name=": succeeded").click()
    await panel.locator("summary", has_text="Logs of attempt").click()
    await expect(panel.locator("details", has_text="Logs of").locator("pre")).to_contain_text("stage done")

    await page.get_by_role("tab", name="Frames").click()
    shown = await frames_on(page)
    check_stream(shown)
    # The very frames; a push that came after the last one was not waited for.
    assert [shown[frame["seq"]] for frame in got] == got


async def test_a55_how_many_updates_made_place_for_a_frame(
    page: Page, console_url: str, runner: Runner, jobs: Table
) -> None:
    async with socket(runner) as c:
        await run(c, "trouble", {"items": 1, "burst": 500}, id="row-55-merged")
    row = jobs.get_item(Key={"pk": "acme#row-55-merged", "sk": "job"})["Item"]
    merged = int(str(row["merged"]))
    assert merged > 0
    await show(page, console_url, "/job/acme/row-55-merged")
    await page.get_by_role("tab", name="Frames").click()
    await expect(page.locator(".frames .note")).to_contain_text(f"{merged} updates made place")
    told = await page.locator("#frames [role=option]").all_inner_texts()
    found = [int(number) for text in told for number in re.findall(r"in place of (\d+) more", text)]
    assert sum(found) == merged


async def test_a55_what_a_run_cost(page: Page, console_url: str, runner: Runner) -> None:
    async with socket(runner) as c:
        got = await run(c, "trouble", {"items": 12, "seconds": 0.02}, id="row-55-cost")
    await show(page, console_url, "/job/acme/row-55-cost")
    table = page.get_by_role("table", name="What this job cost, in dollars")
    await expect(table.get_by_role("row")).to_have_count(6)
    read = "rows => rows.map(row => [...row.children].map(cell => cell.innerText))"
    rows = {row[0].split("\n")[0]: row for row in await table.locator("tbody tr").evaluate_all(read)}
    # A worker that starts slowly may have been tried again.
    attempts = sum(
        {frame["stage"]: frame["attempt"] for frame in got if frame["type"] == "progress"}.values()
    )
    assert f"{attempts} transitions" in rows["Step Functions"][0]
    assert f"{attempts + 1} calls" in rows["Lambda"][0]
    assert "0.00 GB-s" not in rows["Lambda"][0]  # what the functions' memory is was told
    assert f"{len(got) - 1} of them pushes" in rows["API Gateway"][0]
    assert all(row[1].startswith("$0.0") and row[2].startswith("$0.0") for row in rows.values())
    await page.get_by_text("How it was counted").click()
    await expect(page.locator(".panel")).to_contain_text("List prices of us-east-1")
    # The list has the same forecast.
    await show(page, console_url, "/?id=row-55-cost")
    await expect(page.locator('.jobs tbody [data-label="Forecast"]')).to_have_text(rows["Together"][2])


async def test_a55_a_running_one(page: Page, console_url: str, runner: Runner) -> None:
    async with socket(runner) as c:
        await send(c, "trouble", {"items": 400, "seconds": 0.05}, id="row-55-live")
        await show(page, console_url, "/")
        await expect(page.get_by_role("link", name="row-55-live")).to_be_visible()
        await page.get_by_role("link", name="row-55-live").click()
        await expect(state(page, WORK)).to_have_class("state running")
        await expect(page.locator(".heading .badge")).to_have_text("▸ Running")
        bar = page.locator(".heading progress")
        await expect(bar).not_to_have_attribute("value", await bar.get_attribute("value") or "")  # it goes on
        await send(c, "cancel", {"request_id": "row-55-live"}, id="cancel-55")
        await follow(c, "row-55-live")
        await expect(page.locator(".heading .badge")).to_have_text("⊘ Cancelled")
        # The stage may see that its job has ended before its execution is stopped, and fail.
        await expect(state(page, WORK)).to_have_class(re.compile("^state (aborted|caught)"))


@pytest.mark.parametrize(
    ("fault", "badge", "error"),
    [
        ({"permanent_at": 2}, "✕ Failed", "PROCESSING_FAILED This cannot work."),
        ({"hang_at": 1}, "◔ Timed out", "TIMEOUT"),
    ],
)
async def test_a55_a_failed_one(
    fault: dict[str, int], badge: str, error: str, page: Page, console_url: str, runner: Runner
) -> None:
    request_id = f"row-55-{next(iter(fault))}"
    async with socket(runner) as c:
        await run(c, "trouble", {"items": 4, **fault}, id=request_id)
    await show(page, console_url, f"/job/acme/{request_id}")
    await expect(page.locator(".heading .badge")).to_have_text(badge)
    await expect(page.locator(".trouble .error")).to_contain_text(error)
    told = await states(page)
    assert told[WORK].startswith("failed, caught")
    assert told[FAIL].startswith("failed")
    assert told[FINISH] == "not reached, Task"
    await expect(page.locator(f'[data-line="{WORK}→{SAVE}"]')).to_have_class("line catch taken")


async def test_a55_one_that_waits_for_a_person(page: Page, console_url: str, runner: Runner) -> None:
    payload = {
        "report": {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "csv"},
        "approvers": ["ada"],
    }
    async with socket(runner) as c:
        await send(c, "approve_report", payload, id="row-55-wait")
        while (await receive(c, 60)).get("metadata", {}).get("waiting_for") != "approve":
            pass
        await show(page, console_url, "/job/acme/row-55-wait?view=timeline")
        await expect(page.locator(".heading .badge")).to_have_text("‖ Waiting for a person")
        await expect(page.locator('.row[data-state="Wait for a decision"] .in-asking')).to_be_visible()
        await page.set_viewport_size({"width": 360, "height": 800})
        await page.get_by_role("tab", name="Frames").click()
        times = page.locator("#frames [role=option] span:nth-child(2)")
        assert await times.evaluate_all(f"all => all.length && all.every({WHOLE})")
        await send(c, "approve", {"request_id": "row-55-wait", "decision": "approve"}, id="yes-55")
        await follow(c, "row-55-wait")
        await expect(page.locator(".heading .badge")).to_have_text("✓ Completed")


async def test_a55_a_map_some_of_whose_items_fail(page: Page, console_url: str, runner: Runner) -> None:
    items = [{"id": f"c55-{n}", "fields": {"n": n}} for n in range(150)]
    async with socket(runner) as c:
        await run(c, "bulk_operation", {"operation": "put", "items": items[:10]})
        given = {"operation": "put", "items": items, "if": {"exists": False}}
        await run(c, "bulk_operation", given, id="row-55-map")
    await show(page, console_url, "/job/acme/row-55-map?state=Apply+the+batches")
    await expect(page.locator(".heading .badge")).to_have_text("! Completed in part")
    told = await states(page)
    assert told["Apply the batches"].startswith("succeeded, 2 ✓")
    assert "in executions of its own" in told["Apply the batch"]
    await expect(page.locator(".counts")).to_contain_text("2 items succeeded")


async def test_a55_one_item_of_a_map(page: Page, console_url: str, runner: Runner) -> None:
    async with socket(runner) as c:
        await run(c, "delay", {"seconds": 2, "steps": 2}, id="row-55-item")
    await show(page, console_url, "/job/acme/row-55-item?state=Let+time+pass")
    items = page.get_by_role("listbox", name="Items").get_by_role("option")
    await expect(items).to_have_count(2)
    for number in (1, 0):
        await items.nth(number).click()
        await expect(page.get_by_role("heading", name=f"Item {number}")).to_be_visible()
        assert f"item={number}" in page.url
        given = page.locator(".panel details", has_text="Input of the item")
        await given.locator("summary").click()
        assert json.loads(await given.locator("pre").inner_text())["over"] == number + 1


async def test_what_a_job_says_is_text_and_never_markup(page: Page, console_url: str, runner: Runner) -> None:
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    async with socket(runner) as c:
        await run(c, "echo_async", {"evil": evil}, id="markup")
    await show(page, console_url, "/job/acme/markup?state=Receive+the+payload")
    await page.locator("summary", has_text="Input").click()
    given = page.locator(".panel details", has_text="Input").locator("pre")
    await expect(given).to_contain_text("<img src=x")
    assert await page.locator(".panel img, .panel script").count() == 0
    assert "owned" not in await page.title()


async def test_the_list_filters_and_pages(page: Page, console_url: str, runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c, socket(runner, tenant="globex") as other:
        one, two = run(c, "echo_async", 1, id="list-one"), run(other, "echo_async", 2, id="list-two")
        await asyncio.gather(one, two)
    await show(page, console_url, "/?tenant=globex")
    await expect(page.get_by_role("link", name="list-two")).to_be_visible()
    await expect(page.get_by_role("link", name="list-one")).to_have_count(0)
    await page.get_by_label("Tenant").fill("")
    await page.get_by_label("Id", exact=True).fill("list-o")
    await expect(page.get_by_role("link", name="list-one")).to_be_visible()
    await expect(page.locator(".jobs tbody tr")).to_have_count(1)
    assert "id=list-o" in page.url
    await page.get_by_label("Status").select_option("FAILED")
    await expect(page.get_by_role("heading", name="No job is like that")).to_be_visible()
    await page.get_by_role("link", name="all jobs").click()
    # A tenant that is new is noticed after a while.
    await expect(page.get_by_role("link", name="list-two")).to_be_visible()
