"""Every page by axe-core, by keyboard, narrow, dark; and what strangers get."""

import json
import urllib.error
import urllib.request
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from demo.runner_process import Runner, running
from tests.e2e.console.conftest import console_of
from tests.e2e.console.test_console import show
from tests.e2e.sockets import receive, run, send, socket
from tests.support.stack import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = [
    "/",
    "/?status=FAILED",
    "/?id=nothing-is-called-so",
    "/job/acme/axe",
    "/job/acme/axe?state=Do+the+work",
    "/job/acme/axe?view=timeline&state=Do+the+work&attempt=1",
    "/job/acme/axe?view=frames&frame=2",
    "/job/acme/axe?frame=1",
    "/job/acme/there-is-none",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_nothing(scheme: str, width: int, page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        await run(c, "trouble", {"items": 6, "permanent_at": 4}, id="axe")
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    await page.goto(console_of(runner.state_dir))
    for path in PATHS:
        await page.goto(urljoin(console_of(runner.state_dir), path))
        await expect(page.locator("main h1:visible, main .empty:visible").first).to_be_visible()
        await expect(page.get_by_text("Reading…")).to_be_hidden()
        found = await Axe().run(page)
        broken = found.response["violations"]
        told = [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in broken]
        assert not told, path
        # Nothing is wider than the page.
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


async def test_the_list_fits_whatever_the_width(page: Page, runner: Runner) -> None:
    report = {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "csv"}
    async with socket(runner) as c:
        await run(c, "echo_async", {}, id="6f1c2a4e-8a11-4f0b-9a58-0d7cbb0e3f11")
        await send(c, "approve_report", {"report": report, "approvers": ["grace"]}, id="wide-waits")
        while (await receive(c, 60)).get("metadata", {}).get("waiting_for") != "approve":
            pass
        await show(page, console_of(runner.state_dir), "/")
        await expect(page.get_by_role("row", name="wide-waits")).to_contain_text("Waiting for a person")
        for width in (1600, 1280, 1241, 1240, 1101, 1001, 1000, 900, 721, 720, 361):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            name = await page.get_by_role("link", name="wide-waits").bounding_box()
            assert name
            assert name["height"] < 30, width  # it is in one line
        await send(c, "cancel", {"request_id": "wide-waits"})


async def test_the_keyboard_alone_is_enough(page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        await run(c, "trouble", {"items": 3}, id="keys")
    await show(page, console_of(runner.state_dir), "/?id=keys")
    link = page.get_by_role("link", name="keys", exact=True)
    await link.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("main h1:visible")).to_have_text("keys")
    await page.locator('.state[data-state="Do the work"]').focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".panel h2").first).to_have_text("Do the work")
    await page.get_by_role("tab", name="Graph").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Timeline")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.locator("#frames").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#frames")).to_have_attribute("aria-activedescendant", "frames-1")
    await page.go_back()
    await expect(page.locator("main h1:visible")).to_have_text("Jobs")


async def test_nothing_so_far_says_what_to_type(page: Page) -> None:
    with running(template=ROOT / "template.yaml") as fresh:
        await page.goto(console_of(fresh.state_dir))
        await expect(page.locator(".empty")).to_contain_text("streamer request echo_async")
        axe = await Axe().run(page)
        assert axe.violations_count == 0, axe.generate_report()
        await page.goto("about:blank")


async def test_a77_strangers_get_nothing(runner: Runner) -> None:
    url = urlsplit(console_of(runner.state_dir))
    base, token = f"http://{url.netloc}", url.query.split("=")[1]
    cookie = f"streamer-console-{url.port}={token}"
    paths = ("/", "/api/jobs", "/api/place", "/api/try", "/api/try/token?tenant=a&user=b", "/pages/main.js")
    for path in paths:
        assert _status(base + path) == 401
        assert _status(base + path, Cookie=cookie) == 200
        assert _status(base + path, Cookie=cookie, Host="evil.example") == 403
        assert _status(base + path, Cookie=cookie, Origin="https://evil.example") == 403
    live = f"ws://{url.netloc}/api/jobs/live"
    for headers in ({}, {"Cookie": cookie, "Origin": "https://evil.example"}):
        with pytest.raises(InvalidStatus):
            await connect(live, additional_headers=headers)
    async with connect(live, additional_headers={"Cookie": cookie, "Origin": base}) as line:
        assert "values" in json.loads(await line.recv())
    for path, code in (("/api/jobs/live?seconds=-1", 4400), ("/api/jobs/a/b/text", 4404)):
        async with connect(f"ws://{url.netloc}{path}", additional_headers={"Cookie": cookie}) as line:
            await line.wait_closed()
            assert line.close_code == code
    for path in ("/pages/../serving/board.py", "/pages/..%2Fboard.py", "/pages/.hidden", "/pages/none.js"):
        assert _status(base + path, Cookie=cookie) == 404
    wrong = ("acme/x/claim?key=records/x", "a/b/text?event=x&of=input", "a/b/text?event=1&of=parameters")
    for path in ("/api/jobs?seconds=-1", *(f"/api/jobs/{each}" for each in wrong)):
        assert _status(base + path, Cookie=cookie) == 400


async def test_a77_only_our_own_page_orders(runner: Runner) -> None:
    url = urlsplit(console_of(runner.state_dir))
    cookie = f"streamer-console-{url.port}={url.query.split('=')[1]}"
    there, own = f"ws://{url.netloc}/api/orders", f"http://{url.netloc}"
    neighbour = f"http://127.0.0.1:{urlsplit(runner.endpoint_url).port}"  # cookies know no ports
    for headers in (
        {"Origin": own},
        {"Cookie": cookie},
        {"Cookie": cookie, "Origin": neighbour},
    ):
        with pytest.raises(InvalidStatus):
            await connect(there, additional_headers=headers)
    request = urllib.request.Request(f"{own}/api/try", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=20) as answer:
        token = json.loads(answer.read())["token"]
    order = {"order": "kill", "tenant": "acme", "id": "there-is-none"}
    for more, answered in (({}, "error"), ({"token": "x"}, "error"), ({"token": token}, "done")):
        async with connect(there, additional_headers={"Cookie": cookie, "Origin": own}) as line:
            await line.send(json.dumps({**order, **more}))
            assert answered in json.loads(await line.recv())


def _status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
