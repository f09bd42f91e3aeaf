"""Row 59: the page "Try it", which uses clients/js as any page would: live bars, whatever goes wrong."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, Response, expect

from actions import actions
from demo.runner_process import Runner
from tests.e2e.console.conftest import console_of
from tests.e2e.console.test_console import show
from tests.e2e.console.test_many import serving
from tests.e2e.sockets import ask, check_stream, receive, send, socket
from tests.support.histories import long
from tests.support.many import ManyReads

pytestmark = pytest.mark.asyncio(loop_scope="session")

JOB_SECONDS = 6
MEGABYTE = 1_000_000
# Every value that a bar had, from now on.
WATCH = """bar => {
    window.seen = [];
    const look = () => window.seen.push(Number(bar.getAttribute('value')));
    new MutationObserver(look).observe(bar, { attributes: true });
}"""
# Press the button until it has met a worker at work; keep all that is told, of attempts too.
KILL = """button => {
    const card = button.closest('.trial');
    window.told = [];
    const timer = setInterval(() => button.click(), 50);
    const look = () => {
        const now = [...card.querySelectorAll('[role=status], .attempt')].map(each => each.textContent);
        window.told.push(...now);
        if (now.some(text => text.startsWith('Killed'))) clearInterval(timer);
    };
    new MutationObserver(look).observe(card, { childList: true, characterData: true, subtree: true });
}"""
COMPLETED, RUNNING = "✓ Completed", "▸ Running"


async def open_with(page: Page, runner: Runner, action: str, payload: Any = None) -> None:
    """Show the page with an action, and its payload as JSON, if there is one."""
    await show(page, console_of(runner.state_dir), f"/try?tenant=acme&user=ada&action={action}")
    await expect(page.locator("#action")).to_have_value(action)
    if payload is not None:
        await page.get_by_role("button", name="JSON", exact=True).click()
        await page.locator("#raw").fill(json.dumps(payload))


async def run(page: Page) -> Locator:
    """Run what is asked for; return the newest job's card."""
    await page.get_by_role("button", name="Run", exact=True).click()
    return page.locator(".trial").first


async def check_whole(runner: Runner, card: Locator) -> list[dict[str, Any]]:
    """See that the page had every frame of the job's log; return them."""
    job_id = await card.locator("h3 a").inner_text()
    async with socket(runner) as c:
        frames = (await ask(c, "resume", {"request_id": job_id, "seq": -1}))["data"]["frames"]
    check_stream(frames)
    await expect(card).to_contain_text(f"{len(frames)} frames, none missing")
    assert isinstance(frames, list)
    return frames


async def test_a59_a_network_that_is_cut_in_mid_job(page: Page, runner: Runner) -> None:
    await open_with(page, runner, "delay", {"seconds": JOB_SECONDS, "steps": 40})
    card = await run(page)
    bar, cut = card.locator(".progress progress"), page.get_by_role("switch", name="Cut the network")
    await expect(bar).not_to_have_attribute("value", "0")
    await bar.evaluate(WATCH)
    await cut.click()
    await expect(page.locator(".connection")).to_contain_text("lost (the connection closed (1006))")
    await expect(page.locator(".connection")).to_contain_text("lost (no socket can be made")
    before = await bar.get_attribute("value")
    job_id = await card.locator("h3 a").inner_text()
    async with socket(runner) as c:  # it goes on all the same
        while (now := (await ask(c, "status", {"request_id": job_id}))["data"])["percentage"] <= float(
            before or 0
        ):
            pass
    assert now["status"] == "RUNNING"
    assert await bar.get_attribute("value") == before
    await cut.click()
    await expect(card.locator(".badge")).to_have_text(COMPLETED)
    await expect(page.locator(".connection")).to_have_text("The connection: open")
    await check_whole(runner, card)
    seen = await page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert seen[-1] == 100


async def test_a59_twenty_jobs_at_once_over_slow_pushes(page: Page, runner: Runner) -> None:
    await open_with(page, runner, "delay", {"seconds": 2, "steps": 10})
    await page.get_by_role("switch", name="Slow the pushes").click()
    await page.get_by_label("How many").fill("20")
    await run(page)
    cards = page.locator(".trial")
    await expect(cards).to_have_count(20)
    await expect(page.locator(".trial .badge", has_text=COMPLETED)).to_have_count(20, timeout=90_000)
    for number in range(20):
        await check_whole(runner, cards.nth(number))
    ids = await page.locator(".trial h3 a").all_inner_texts()
    assert len(set(ids)) == 20
    # They are still there when one comes back from a job's own page.
    await page.locator(".trial h3 a").first.click()
    await expect(page.locator("main h1:visible")).to_have_text(ids[0])
    await expect(page.locator(".heading .badge")).to_have_text(COMPLETED)
    await page.go_back()
    await expect(cards).to_have_count(20)
    await page.get_by_role("button", name="Clear what has ended").click()
    await expect(cards).to_have_count(0)


async def test_a59_a_job_goes_on_while_another_page_is_looked_at(page: Page, runner: Runner) -> None:
    await open_with(page, runner, "delay", {"seconds": JOB_SECONDS, "steps": 10})
    card = await run(page)
    await card.locator("h3 a").click()
    await expect(page.locator(".heading .badge")).to_have_text(RUNNING)
    await page.go_back()
    await expect(card.locator(".badge")).to_have_text(RUNNING)
    await expect(page.get_by_role("button", name="Clear what has ended")).to_be_hidden()
    await expect(card.locator(".badge")).to_have_text(COMPLETED)
    await check_whole(runner, card)
    await page.get_by_role("button", name="Clear what has ended").click()
    await expect(card).to_have_count(0)


async def test_a59_a_worker_that_is_killed_in_mid_work(page: Page, runner: Runner) -> None:
    year = {"start_date": "2013-01-01", "end_date": "2013-12-31", "format": "pdf", "include_charts": True}
    await open_with(page, runner, "generate_report", year)
    card = await run(page)
    button = card.get_by_role("button", name="Kill its worker")
    await button.evaluate(KILL)
    await expect(card.locator(".badge")).to_have_text(COMPLETED)
    told = set(await page.evaluate("window.told"))
    stages = ("Query", "Process", "Render", "Publish")
    assert told & {f"Killed in mid work: {name}Function." for name in stages}, told
    assert any(re.match("attempt [2-9]", each) for each in told), told
    frames = await check_whole(runner, card)
    assert max(frame.get("attempt", 1) for frame in frames) > 1
    await expect(button).to_be_hidden()


async def test_a59_an_invalid_payload_is_shown_at_its_field(page: Page, runner: Runner) -> None:
    await open_with(page, runner, "approve_report")
    await page.get_by_label("start_date").fill("2013-02-01")  # after its end
    await page.get_by_role("button", name="Remove approver").first.click()
    field = page.get_by_role("textbox", name="approver")
    await field.fill("x" * 257)
    await run(page)
    told = page.locator(".faults li")
    await expect(told).to_have_count(2)
    await expect(field).to_have_attribute("aria-invalid", "true")
    described = (await field.get_attribute("aria-describedby") or "").split()[-1]
    await expect(page.locator(f"#{described}")).to_contain_text("at most 256 characters")
    group = page.locator("fieldset", has_text="report").first
    await expect(group.locator("> .fault")).to_contain_text("after end_date")
    await expect(page.locator(".trial")).to_have_count(0)  # there is no job of it
    await page.get_by_role("button", name="$.payload.approvers[0]").click()
    await expect(field).to_be_focused()
    # The same in JSON: the paths are told.
    await page.get_by_role("button", name="JSON", exact=True).click()
    await page.locator("#raw").fill('{"report": {"format": "doc"}, "approvers": [1], "more": 2}')
    await run(page)
    await expect(page.locator(".faults")).to_contain_text("$.payload.report.format")
    await page.get_by_role("button", name="Form", exact=True).click()
    await run(page)  # what the form does not know goes with it, and is told
    await expect(page.locator(".faults")).to_contain_text("$.payload.more Extra inputs are not permitted")
    await page.get_by_role("button", name="JSON", exact=True).click()
    await page.locator("#raw").fill("{")
    await run(page)
    await expect(page.locator(".ask > .fault")).to_contain_text("JSON")


async def test_a59_a_pdf_and_its_preview(page: Page, runner: Runner) -> None:
    await open_with(page, runner, "generate_report")
    await page.get_by_label("include_charts").check()
    card = await run(page)
    await expect(card.locator(".badge")).to_have_text(COMPLETED)
    link = card.locator(".made a")
    await expect(link).to_have_text("report-2013-01-01-to-2013-01-31.pdf")
    body = await (await page.request.get(await link.get_attribute("href") or "")).body()
    assert body.startswith(b"%PDF-")
    stages = card.locator(".stages li")
    assert await stages.locator(".name").all_inner_texts() == [
        "Query the records",
        "Process the records",
        "Render the report",
        "Publish the report",
    ]
    assert await stages.locator("progress").evaluate_all("all => all.map(bar => bar.value)") == [100] * 4
    await card.get_by_text("Preview of").click()
    frame = card.locator("iframe")
    await expect(frame).to_have_attribute("src", re.compile("^blob:http://127.0.0.1"))
    await expect(frame).to_have_attribute("title", "The PDF")


async def test_a59_an_upload_with_its_bar_and_a_job_on_it(page: Page, runner: Runner, tmp_path: Path) -> None:
    rows = "".join(f"{number},{'x' * 60}\n" for number in range(40_000))
    (tmp_path / "mine.csv").write_text(f"number,text\n{rows}")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if answer.request.method == "PUT" else None)
    await open_with(page, runner, "process_data")
    slow = await page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": MEGABYTE}
    await slow.send("Network.emulateNetworkConditions", limits)
    bar, cut = page.locator(".upload progress"), page.get_by_role("switch", name="Cut the network")
    await bar.evaluate(WATCH)
    await page.get_by_label("or upload a file").set_input_files(tmp_path / "mine.csv")
    await expect(bar).to_have_attribute("value", re.compile(r"^[1-9]\d"))  # 10 and more
    await cut.click()
    await expect(page.locator(".upload [role=status]")).to_contain_text("the network was cut at")
    await cut.click()
    await expect(page.locator(".upload [role=status]")).to_have_text("mine.csv, 2.7 MB: uploaded.")
    seen = await page.evaluate("window.seen")
    assert len({value for value in seen if 0 < value < 100}) > 3
    await slow.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": -1})
    (answer,) = answers
    origin = await page.evaluate("location.origin")
    assert urlsplit(answer.url).netloc == urlsplit(runner.endpoint_url).netloc != urlsplit(origin).netloc
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, origin)
    name = await page.get_by_label("upload", exact=True).input_value()
    assert re.fullmatch("[0-9a-f]{32}", name)

    await page.get_by_role("button", name="JSON", exact=True).click()
    source = json.loads(await page.locator("#raw").input_value())["source"]
    assert source == {"upload": name}
    pipeline = [{"aggregate": {"measures": {"rows": "count()", "most": "max(number)"}}}]
    payload = {"source": source, "format": "csv", "pipeline": pipeline, "output": {"format": "csv"}}
    await page.locator("#raw").fill(json.dumps(payload))
    card = await run(page)
    await expect(card.locator(".badge")).to_have_text(COMPLETED)
    await card.get_by_text("Preview of").click()
    await expect(card.locator(".sheet")).to_be_visible()
    assert await card.locator(".sheet tr").all_inner_texts() == ["rows\tmost", "40000\t39999"]


async def test_every_example_goes_through_the_form_unharmed(page: Page, runner: Runner) -> None:
    """Also what a schema says of unions, lists and objects of any keys: the models judge what comes out."""
    await show(page, console_of(runner.state_dir), "/try")
    for name in actions:
        action = actions.get(name)
        assert action
        (example, *_) = action.payload.json_schema()["examples"]
        await open_with(page, runner, name)
        await page.get_by_role("button", name="JSON", exact=True).click()
        made = json.loads(await page.locator("#raw").input_value())
        assert action.payload.validate_python(made) == action.payload.validate_python(example), name
        # And back.
        await page.get_by_role("button", name="Form", exact=True).click()
        await page.get_by_role("button", name="JSON", exact=True).click()
        assert json.loads(await page.locator("#raw").input_value()) == made, name


async def test_what_is_optional_is_added_and_removed(page: Page, runner: Runner) -> None:
    await open_with(page, runner, "bulk_operation", {"operation": "put"})
    await page.get_by_role("button", name="Form", exact=True).click()
    await page.get_by_role("button", name="Add items", exact=True).click()
    await page.get_by_role("button", name="Add item", exact=True).click()
    await page.get_by_role("textbox", name="id", exact=True).fill("order-1")
    await page.get_by_role("button", name="Add fields").click()
    await page.get_by_role("button", name="Add a key").click()
    await page.get_by_label("Key in fields").fill("n")
    await page.get_by_role("textbox", name="value (JSON)").fill("7")
    await page.get_by_role("button", name="Add if").click()
    await page.get_by_role("button", name="Add equals").click()
    equals = page.locator("fieldset", has=page.locator("> legend", has_text="equals")).last
    await equals.get_by_role("button", name="Add a key").click()
    await equals.get_by_label("Key in equals").fill("paid")
    await equals.get_by_label("Kind of value").select_option("text")
    await equals.get_by_role("textbox", name="value", exact=True).fill("yes")
    await page.get_by_role("button", name="JSON", exact=True).click()
    made = json.loads(await page.locator("#raw").input_value())
    assert made["items"] == [{"id": "order-1", "fields": {"n": 7}}]
    assert made["if"] == {"equals": {"paid": "yes"}}
    await page.get_by_role("button", name="Form", exact=True).click()
    await page.get_by_role("button", name="Remove if").click()
    await page.get_by_role("button", name="JSON", exact=True).click()
    assert "if" not in json.loads(await page.locator("#raw").input_value())


async def test_a_schema_may_have_itself_within(page: Page, runner: Runner) -> None:
    """Kinds that a constant tells apart, nested in each other."""
    negation = {"kind": {"const": "not"}, "of": {"$ref": "#/$defs/Rule"}}
    group = {
        "kind": {"const": "all"},
        "rules": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Rule"}},
    }
    single = {"kind": {"const": "is"}, "column": {"type": "string"}, "least": {"type": ["integer", "null"]}}
    kinds = [
        {"type": "object", "properties": each, "required": [*each][:2], "title": title}
        for title, each in (("Not", negation), ("All", group), ("Is", single))
    ]
    schema = {"$ref": "#/$defs/Rule", "$defs": {"Rule": {"oneOf": kinds}}}
    own = {"name": "rule", "summary": "", "runs": "at once", "stages": [], "examples": [], "payload": schema}
    await page.route("**/api/try/actions", lambda route: route.fulfill(json=[own]))
    one = {"kind": "is", "column": "a", "least": 3}
    given = {"kind": "all", "rules": [{"kind": "not", "of": one}, {"kind": "is", "column": "b"}]}
    await open_with(page, runner, "rule", given)
    await page.get_by_role("button", name="Form", exact=True).click()
    await expect(page.get_by_role("textbox", name="column")).to_have_count(2)
    await page.get_by_role("textbox", name="column").last.fill("c")
    await page.get_by_role("button", name="JSON", exact=True).click()
    given["rules"][1]["column"] = "c"  # type: ignore[index]
    assert json.loads(await page.locator("#raw").input_value()) == given


async def test_a_quick_answer_is_text_and_never_markup(page: Page, runner: Runner) -> None:
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    await open_with(page, runner, "echo", {"evil": evil, "link": "javascript:document.title='owned'"})
    card = await run(page)
    await expect(card.locator("pre")).to_contain_text("<img src=x")
    assert await card.locator("img, script, a").count() == 0
    assert "owned" not in await page.title()


async def test_a_console_of_what_runs_elsewhere_has_nothing_to_try(page: Page) -> None:
    async with serving(ManyReads(long(10), "long"), page) as url:
        await page.goto(url)
        await expect(page.get_by_role("link", name="Jobs")).to_be_visible()
        await expect(page.get_by_role("link", name="Try it")).to_be_hidden()
        for path in ("/api/try", "/api/try/actions", "/api/try/token?tenant=a&user=b"):
            assert (await page.request.get(urljoin(url, path))).status == 404


async def test_one_asks_as_whom_one_says_and_with_what_one_says(page: Page, runner: Runner) -> None:
    async with socket(runner) as c:
        job_id = await send(c, "delay", {"seconds": 60}, id="tried-by-ada")
        await receive(c)
    await open_with(page, runner, "cancel", {"request_id": job_id})
    await page.get_by_label("As user").fill("grace")
    await page.get_by_label("As user").press("Tab")
    card = await run(page)
    await expect(card.locator(".error")).to_contain_text("UNAUTHORIZED")
    await page.get_by_label("With permissions").fill("reports:write jobs:cancel")
    await page.get_by_label("With permissions").press("Tab")
    card = await run(page)
    await expect(card.locator(".badge")).to_have_text(COMPLETED)
    await expect(card.locator("pre")).to_contain_text(job_id)


async def test_the_keyboard_alone_is_enough_to_try(page: Page, runner: Runner) -> None:
    await open_with(page, runner, "delay")
    await page.locator("#action").focus()
    for name in ("As tenant", "As user", "With permissions"):
        await page.keyboard.press("Tab")
        await expect(page.get_by_label(name)).to_be_focused()
    for _ in range(3):  # Form, JSON, the first field
        await page.keyboard.press("Tab")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("30")
    await page.keyboard.press("Enter")
    card = page.locator(".trial").first
    await expect(card.locator(".badge")).to_have_text(RUNNING)
    await card.get_by_role("button", name="Cancel").focus()
    await page.keyboard.press("Space")
    await expect(card.locator(".badge")).to_have_text("⊘ Cancelled")
    slow = page.get_by_role("switch", name="Slow the pushes")
    await slow.focus()
    await page.keyboard.press("Space")
    await expect(slow).to_have_attribute("aria-checked", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_nothing_where_actions_are_tried(
    scheme: str, width: int, page: Page, runner: Runner
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    for name in ("process_data", "bulk_operation", "approve_report"):
        await open_with(page, runner, name)
        await judge(page, name)
    await open_with(page, runner, "process_data")
    card = await run(page)
    await card.get_by_text("Preview of").click()
    await expect(card.locator(".sheet")).to_be_visible()
    await page.get_by_label("bucket_key").fill("")
    await run(page)
    await expect(page.locator(".faults")).to_be_visible()
    await page.locator("#action").select_option("delay")
    card = await run(page)
    await page.get_by_role("switch", name="Cut the network").click()
    await judge(page, "jobs, faults, and no network")
    await page.get_by_role("switch", name="Cut the network").click()
    await expect(card.locator(".badge")).to_have_text(COMPLETED)


async def judge(page: Page, what: str) -> None:
    found = await Axe().run(page)
    broken = found.response["violations"]
    told = [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in broken]
    assert not told, what
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
