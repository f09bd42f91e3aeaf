"""`streamer dev` takes over what is edited while it runs."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.e2e import local_app
from tests.e2e.test_local_runner import DEADLINE_SECONDS, App, ask, end, execute, launch, ready, until


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The small application, in a folder of its own that the test edits."""
    template = local_app.write(tmp_path / "project")
    state = tmp_path / "state"
    state.mkdir()
    process = launch(template, state)
    try:
        yield ready(process, state)
    finally:
        end(process)
    assert (state / "err").read_text() == ""
    assert not (state / "code").exists()


def said(app: App) -> str:
    return (app.dev_file.parent / "out").read_text()


def edit(app: App, name: str, old: str, new: str) -> int:
    """Change a file of the project; return how much the runner had said."""
    path = app.dev_file.parent.parent / "project" / name
    text, before = path.read_text(), len(said(app))
    assert old in text
    path.write_text(text.replace(old, new))
    return before


def told(app: App, since: int, what: str) -> str:
    """Wait for a line of the runner; return it."""
    lines = until(lambda: [line for line in said(app)[since:].splitlines() if what in line], what, 60)
    return str(lines[-1])


async def greeting(app: App) -> str:
    async with connect(app.url(quick="1")) as ws:
        return str((await ask(ws, action="anything"))["greeting"])


async def test_a78_an_edit_is_run_by_the_next_invocation_and_a_broken_one_is_not(app: App) -> None:
    async with connect(app.url(quick="1")) as ws:
        await ws.send(json.dumps({"action": "sleep", "seconds": 2}))
        since = edit(app, "code/app.py", 'os.environ["GREETING"]', '"edited"')
        line = told(app, since, "taken over")
        assert "code/app.py" in line
        assert json.loads(await ws.recv()) == {"slept": 2}  # who was busy finishes first
        assert (await ask(ws, action="anything"))["greeting"] == "edited"

        since = edit(app, "code/app.py", '"edited"', "1 +* 2")
        line = told(app, since, "SyntaxError")
        number = next(
            n for n, row in enumerate(local_app.CODE.splitlines(), 1) if 'os.environ["GREETING"]' in row
        )
        assert f"code/app.py:{number}: SyntaxError: " in line
        assert "The code of before goes on in" in line
        assert (await ask(ws, action="anything"))["greeting"] == "edited"
        old = (await ask(ws, action="pid"))["pid"]
        os.kill(old, signal.SIGKILL)
        # A worker that starts meanwhile runs the code of before as well.
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await ask(ws, action="pid")).get("pid", old) == old:
                pass
        assert (await ask(ws, action="anything"))["greeting"] == "edited"

        since = edit(app, "code/app.py", "1 +* 2", '"mended"')
        told(app, since, "taken over")
        assert (await ask(ws, action="anything"))["greeting"] == "mended"


async def test_a78_an_error_at_import_is_told_where_it_is(app: App) -> None:
    since = edit(app, "code/app.py", "import boto3\n", "import boto3\nimport missing_module\n")
    told(app, since, "code/app.py:4: ModuleNotFoundError: No module named 'missing_module'.")
    assert await greeting(app) == "hello"


def test_a78_a_state_machine(app: App) -> None:
    assert json.loads(execute(app, say="x")["output"]) == {"said": "x"}
    since = edit(app, "machine.asl.json", '{"said": "{% $said %}"}', '{"now": "{% $said %}"}')
    told(app, since, "taken over")
    assert json.loads(execute(app, say="x")["output"]) == {"now": "x"}
    since = edit(app, "machine.asl.json", '"StartAt": "Work",', '"StartAt": "Work"')
    line = told(app, since, "is not JSON")
    assert "machine.asl.json is not JSON: Expecting ',' delimiter: line 4 column 3" in line
    since = edit(app, "machine.asl.json", '"StartAt": "Work"', '"StartAt": "Work",')
    since = edit(app, "machine.asl.json", '"Type": "Pass"', '"Type": "Poss"')
    assert "machine.asl.json: " in told(app, since, "goes on")
    assert json.loads(execute(app, say="x")["output"]) == {"now": "x"}


async def test_a78_the_template(app: App) -> None:
    since = edit(app, "template.yaml", "Default: hello", "Default: hallo")
    told(app, since, "template.yaml: taken over")
    assert await greeting(app) == "hallo"
    since = edit(app, "template.yaml", "Handler: app.work,", "Handler: [app.work,")
    assert "template.yaml" in told(app, since, "What was before goes on")
    assert await greeting(app) == "hallo"
    path = app.dev_file.parent.parent / "project/template.yaml"
    since = len(said(app))
    path.write_text(local_app.TEMPLATE.replace("BillingMode: PAY_PER_REQUEST", "BillingMode: PROVISIONED"))
    line = told(app, since, "only a restart")
    assert "Seen: only a restart" in line
    told(app, since, "taken over")
    assert await greeting(app) == "hello"
