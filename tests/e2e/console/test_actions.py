"""Row 55: what an operator does to a job from its page, and what the job's client is told of it."""

import json
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from demo.runner_process import Runner
from tests.e2e.console.conftest import console_of
from tests.e2e.console.test_console import show
from tests.e2e.sockets import ask, follow, receive, run, send, socket

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "csv"}


def actions(page: Page) -> Locator:
    return page.get_by_role("group", name="Actions")


async def press(page: Page, name: str) -> Locator:
    """Press one of the job's actions; return the dialog that asks."""
    await actions(page).get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("dialog")


async def waiting(runner: Runner, c: Any, request_id: str) -> None:
    """Start a job that waits for a person who is not there."""
    await send(c, "approve_report", {"report": REPORT, "approvers": ["grace"]}, id=request_id)
    while (await receive(c, 60)).get("metadata", {}).get("waiting_for") != "approve":
        pass


async def test_a55_cancel_names_the_operator_to_the_client(page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        await send(c, "trouble", {"items": 400, "seconds": 0.05}, id="act-cancel")
        await show(page, console_of(runner.state_dir), "/job/acme/act-cancel")
        dialog = await press(page, "Cancel")
        await expect(dialog).to_contain_text("Its clients are told that an operator did it.")
        await dialog.get_by_role("button", name="Cancel the job").click()
        last = (await follow(c, "act-cancel"))[-1]
    assert (last["error"]["code"], last["error"]["details"]) == ("CANCELLED", {"by": "operator"})
    await expect(actions(page).get_by_role("status")).to_have_text("Cancelled.")
    await expect(page.locator(".heading .badge")).to_have_text("⊘ Cancelled")
    await expect(actions(page)).to_contain_text("No redrive: A cancelled job stays cancelled.")
    await expect(actions(page).get_by_role("button")).to_have_text(["Run again"])


@pytest.mark.parametrize(("verb", "decision"), [("Approve", "approve"), ("Reject", "reject")])
async def test_a55_a_decision_in_the_approvers_place(
    verb: str, decision: str, page: Page, runner: Runner
) -> None:
    request_id = f"act-{decision}"
    async with socket(runner) as c:
        await waiting(runner, c, request_id)
        await show(page, console_of(runner.state_dir), f"/job/acme/{request_id}")
        dialog = await press(page, verb)
        await dialog.get_by_label("Comment").fill("Grace is away.")
        await dialog.get_by_role("button", name=verb).click()
        result = (await follow(c, request_id))[-1]["result"]
    assert result["decision"].pop("at") > 0
    assert result["decision"] == {"decision": decision, "by": "operator", "comment": "Grace is away."}
    await expect(actions(page).get_by_role("status")).to_contain_text("the job goes on")
    await expect(page.locator(".heading .badge")).to_have_text("✓ Completed")


async def test_a55_run_again_with_an_edited_payload(page: Page, runner: Runner) -> None:
    payload = {"items": 3, "permanent_at": 1}
    async with socket(runner) as c:
        await run(c, "trouble", payload, id="act-again", metadata={"trace": "t-1"})
        await show(page, console_of(runner.state_dir), "/job/acme/act-again")
        # What stands for AWS here cannot redrive, and it is said.
        await expect(actions(page)).to_contain_text("No redrive: What stands for AWS here redrives no")
        dialog = await press(page, "Run again")
        field = dialog.get_by_label("Payload")
        given = json.loads(await field.input_value())
        assert payload.items() <= given.items()
        for wrong, told in (("{", "That is no JSON"), ('{"items": "many"}', "VALIDATION_ERROR: The payload")):
            await field.fill(wrong)
            await dialog.get_by_role("button", name="Run it").click()
            await expect(dialog.get_by_role("alert")).to_contain_text(told)
        await field.fill(json.dumps(given | {"permanent_at": None}))
        await dialog.get_by_role("button", name="Run it").click()
        link = actions(page).get_by_role("status").get_by_role("link")
        await link.click()
        await expect(page.locator(".heading .badge")).to_have_text("✓ Completed")
        request_id = page.url.rsplit("/", 1)[1]
        await expect(page.locator(".heading .facts")).to_contain_text("Useroperator")
        told_of = await ask(c, "status", {"request_id": request_id}, id="status-again")
    assert (told_of["data"]["status"], told_of["data"]["action"]) == ("COMPLETED", "trouble")
    await page.locator(".panel summary", has_text="Input").click()
    started = json.loads(await page.locator(".panel details", has_text="Input").locator("pre").inner_text())
    assert (started["metadata"], started["user"]) == ({"trace": "t-1"}, "operator")


async def test_a55_what_comes_too_late_is_told(page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        await waiting(runner, c, "act-late")
        await show(page, console_of(runner.state_dir), "/job/acme/act-late")
        dialog = await press(page, "Reject")
        async with socket(runner, user="grace") as grace:
            await ask(grace, "approve", {"request_id": "act-late", "decision": "approve"})
        await follow(c, "act-late")
        await dialog.get_by_role("button", name="Reject").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("CONFLICT")
        await dialog.get_by_role("button", name="Leave it").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a55_the_keyboard_alone_acts(page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        await send(c, "trouble", {"items": 400, "seconds": 0.05}, id="act-keys")
        await show(page, console_of(runner.state_dir), "/job/acme/act-keys")
        cancel = actions(page).get_by_role("button", name="Cancel")
        await cancel.focus()
        await page.keyboard.press("Enter")
        leave = page.get_by_role("dialog").get_by_role("button", name="Leave it")
        await expect(leave).to_be_focused()  # what harms nothing
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(cancel).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        assert (await follow(c, "act-keys"))[-1]["error"]["code"] == "CANCELLED"
        await expect(actions(page).get_by_role("status")).to_have_text("Cancelled.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_nothing_in_the_actions(scheme: str, width: int, page: Page, runner: Runner) -> None:
    request_id = f"act-axe-{scheme}-{width}"
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    async with socket(runner) as c:
        await waiting(runner, c, request_id)
        await show(page, console_of(runner.state_dir), f"/job/acme/{request_id}")
        for name in ("Approve", "Cancel", "Run again"):
            dialog = await press(page, name)
            if name == "Run again":
                await dialog.get_by_label("Payload").fill("{")
                await dialog.get_by_role("button", name="Run it").click()
                await expect(dialog.get_by_role("alert")).not_to_be_empty()
            await _look(page, name)
            await page.keyboard.press("Escape")
        await press(page, "Cancel")
        await page.get_by_role("button", name="Cancel the job").click()
        await expect(actions(page).get_by_role("status")).to_have_text("Cancelled.")
        await expect(actions(page)).to_contain_text("No redrive")
        await _look(page, "after")


async def _look(page: Page, what: str) -> None:
    broken = (await Axe().run(page)).response["violations"]
    assert not [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in broken], what
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what


async def test_a77_no_strangers_page_can_act(runner: Runner) -> None:
    console = urlsplit(console_of(runner.state_dir))
    own = {"Cookie": f"streamer-console-{console.port}={console.query.split('=')[1]}"}
    base, url = f"http://{console.netloc}", f"ws://{console.netloc}/api/jobs/acme/act-safe/act"
    async with socket(runner) as c:
        await send(c, "trouble", {"items": 400, "seconds": 0.05}, id="act-safe")
        for headers in (
            {"Origin": base},  # no cookie
            own,  # no page
            {**own, "Origin": "https://evil.example"},
            {**own, "Origin": f"http://127.0.0.1:{(console.port or 0) - 1}"},
            {**own, "Origin": base, "Host": "evil.example"},
            {**own, "Origin": base, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "websocket"},
        ):
            with pytest.raises(InvalidStatus):
                await connect(url, additional_headers=headers)
        # Whoever can make a browser send the cookie still has no token for actions; the cookie's is none.
        for wrong in ("", "x", None, 7, console.query.split("=")[1]):
            assert await _act(url, {**own, "Origin": base}, {"do": "cancel", "token": wrong}) == 4400
        assert await _act(url, {**own, "Origin": base}, []) == 4400
        state = await ask(c, "status", {"request_id": "act-safe"}, id="status-safe")
        while state["request_id"] != "status-safe":
            state = await receive(c)
        assert state["data"]["status"] == "RUNNING"
        await send(c, "cancel", {"request_id": "act-safe"})


async def _act(url: str, headers: dict[str, str], asked: Any) -> int | None:
    async with connect(url, additional_headers=headers) as line:
        await line.send(json.dumps(asked))
        with pytest.raises(ConnectionClosed):
            await line.recv()
        return line.close_code


async def test_where_actions_are_not_allowed_there_is_no_button(page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        await run(c, "trouble", {"items": 1}, id="act-none")
    url = console_of(runner.state_dir)

    async def read_only(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json={**await answer.json(), "acting": None})

    await page.goto(url)
    await page.route("**/api/place", read_only)
    await page.goto(urljoin(url, "/job/acme/act-none"))
    await expect(page.locator(".heading .badge")).to_have_text("✓ Completed")
    await expect(actions(page)).to_have_count(0)
