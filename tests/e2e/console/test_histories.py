"""Row 55: runs that no engine here makes, or that take hours, by their histories."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.console.test_console import show, state, states
from tests.e2e.console.test_many import serving
from tests.support.histories import Event, History
from tests.support.many import ManyReads

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOURS = 2 * 3600.0
# How much of a bar's text one sees.
SEEN = """bar => {
    const [around, text] = [bar, bar.firstChild].map(each => each.getBoundingClientRect());
    if (text.top >= around.bottom) return "not at all";
    return text.left >= around.left && text.right <= around.right ? "whole" : "in part";
}"""


def redriven() -> list[Event]:
    """Two states and the Choice after them; the second one's attempt fails, and is redriven."""
    found = History()
    found.add("ExecutionStarted")
    found.run("Look")
    found.enter("Work")
    found.attempt("Failed", error="DiskFull", cause="No space is left.")
    found.add("ExecutionFailed", error="DiskFull")
    found.add("ExecutionRedriven", after=HOURS, redriveCount=1)
    found.attempt()
    found.leave("Work")
    found.enter("Again", "Choice")
    found.leave("Again", "Choice")
    found.enter("End", "Pass")
    found.leave("End", "Pass")
    found.add("ExecutionSucceeded")
    return found.events


async def test_a55_a_redriven_one(page: Page) -> None:
    reads = ManyReads(redriven(), "long", frames=3, redrives=1)
    async with serving(reads, page) as url:
        await show(page, url, "/job/acme/many?state=Work")
        await expect(page.locator(".heading .badge")).to_have_text("✓ Completed")
        await expect(page.locator(".heading .facts")).to_contain_text("Redriven1")
        assert "attempt 2" in (await states(page))["Work"]
        await expect(state(page, "End")).to_have_class("state succeeded")
        listed = page.get_by_role("list", name="Attempts").get_by_role("button")
        await expect(listed.first).to_contain_text("1: failed, 1.5 s, DiskFull")
        await expect(listed.last).to_contain_text("2: succeeded")
        # The Choice went on, and not back: what was not gone does not stand out, nor over what was.
        ways = page.locator(".graph .line")
        read = "all => all.map(way => [way.dataset.line, way.classList.contains('taken')])"
        (under, taken), *others = await ways.evaluate_all(read)
        assert (under, taken) == ("Again→Look", False)
        assert [line for line, taken in others if taken] == ["Look→Work", "Work→Again", "Again→End"]
        # The hours between are drawn short, and are no pause before a retry.
        await page.get_by_role("tab", name="Timeline").click()
        await expect(page.locator(".scale .gap")).to_have_text("⋯ 2 h 0 min ⋯")
        row = page.locator('.timeline .row[data-state="Work"] .track')
        await expect(row.locator(".in-running.failed.past")).to_have_count(1)
        await expect(row.locator(".in-running.succeeded")).to_have_count(1)
        await expect(row.locator(".in-backing_off")).to_have_count(0)


async def test_how_long_a_person_was_waited_for_is_told_whole_or_not(page: Page) -> None:
    history = History()
    history.add("ExecutionStarted")
    history.run("Look")
    history.enter("Work")
    history.add("TaskScheduled")
    history.add("TaskStarted")
    history.add("TaskSubmitted")
    history.add("TaskSucceeded", after=HOURS + 90)
    history.leave("Work")
    history.add("ExecutionSucceeded")
    async with serving(ManyReads(history.events, "long", frames=3), page) as url:
        await show(page, url, "/job/acme/many?view=timeline")
        bar = page.locator(".in-asking:not(.legend *)")
        await expect(bar).to_contain_text("2 h 1 min")
        assert await bar.evaluate(SEEN) == "whole"
        await page.set_viewport_size({"width": 360, "height": 800})
        assert await bar.evaluate(SEEN) == "not at all"
