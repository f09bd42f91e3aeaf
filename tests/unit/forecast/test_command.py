"""`streamer forecast` as a process: what it prints and how it ends."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.stack import ROOT
from tests.unit.client.test_commands import streamer

MONTH = '{"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "csv"}'
TEMPLATE = f"--template={ROOT / 'template.yaml'}"


async def test_for_people() -> None:
    ended = await streamer("forecast", "generate_report", MONTH, TEMPLATE, COLUMNS="100")
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert max(map(len, lines)) <= 100 + len(str(ROOT))
    (history,) = [line.split() for line in lines if "history events" in line]
    assert (history[2], history[-1]) == ("22", "25,000")
    (first,) = [line for line in lines if "◀ first" in line]
    assert "jobs in flight of a tenant" in first
    for text in ("Dollars per 1,000 jobs", "Assumed", "The job takes 6.1 s", "us-east-1", "warning"):
        assert text in ended.out


async def test_as_json() -> None:
    ended = await streamer("forecast", "generate_report", MONTH, TEMPLATE, "--json")
    found = json.loads(ended.out)
    assert (ended.status, found["action"], found["seconds"]) == (0, "generate_report", 6.1)
    # four stages of 5 events and the execution's 2; 4 x (2 + 38 x 3) + 2 + 7 x 3 + 1 + 2
    assert found["events"] == {"least": 22, "most": 22, "worst": 490}
    assert found["transitions"]["worst"] == 4 * 38 + 7 + 1
    # 100 % and `complete` beside the four stages; ten a second for 6.1 s more
    assert (found["traffic"]["least"]["frames"], found["traffic"]["most"]["frames"]) == (6, 67)
    assert found["breaks"][0]["what"] == "jobs in flight of a tenant"
    assert found["dollars_per_thousand"]["least"]["Step Functions"] == pytest.approx(0.1)


async def test_options_change_what_is_assumed() -> None:
    command = ["forecast", "generate_report", MONTH, TEMPLATE, "--json"]
    ended = await streamer(*command, "--seconds", "60", "--followers", "3")
    found = json.loads(ended.out)
    assert (found["seconds"], found["followers"]) == (60, 3)
    assert found["traffic"]["most"]["pushes"] == 3 * (4 + 600 + 2)


async def test_what_is_answered_at_once() -> None:
    ended = await streamer("forecast", "echo", "1", TEMPLATE)
    assert ended.status == 0
    assert "answered at once" in ended.out
    assert "history" not in ended.out


async def test_an_error_is_the_exit_status(tmp_path: Path) -> None:
    for name in ("template.yaml", "functions"):
        (tmp_path / name).symlink_to(ROOT / name)
    text = (ROOT / "statemachines/generate_report.asl.json").read_text()
    machine = shutil.copytree(ROOT / "statemachines", tmp_path / "statemachines") / "generate_report.asl.json"
    machine.write_text(text.replace('"TimeoutSeconds": 70,', ""))
    command = ["forecast", "generate_report", MONTH, f"--template={tmp_path / 'template.yaml'}"]
    ended = await streamer(*command)
    assert ended.status == 1
    assert "Publish the report: without TimeoutSeconds" in " ".join(ended.out.split())
    machine.write_text(text.replace('"Next": "Fail the job"', '"Next": "Nowhere"'))
    ended = await streamer(*command)
    assert (ended.status, ended.out) == (1, "")
    assert "leads to 'Nowhere', which does not exist" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["nothing"], 1, "There is no action 'nothing'. There are: "),
        (["generate_report", "{}"], 1, "start_date: Field required"),
        (["generate_report", "{"], 2, "not JSON"),
        (["generate_report", MONTH, "--items", "-1"], 2, "--items"),
        (["generate_report", MONTH, "--template", "missing.yaml"], 2, "missing.yaml"),
        ([], 2, "Missing argument 'ACTION'"),
    ],
)
async def test_what_cannot_be_forecast(arguments: list[str], status: int, text: str) -> None:
    ended = await streamer("forecast", TEMPLATE, *arguments)
    assert (ended.status, ended.out) == (status, "")
    assert text in " ".join(ended.err.split())


async def test_a_payload_that_no_message_holds(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    file.write_text(json.dumps("x" * 131_071))
    ended = await streamer("forecast", "echo", f"@{file}", TEMPLATE)
    assert (ended.status, "The payload has 131,073 bytes" in ended.err) == (1, True)


async def test_the_help_lists_it() -> None:
    assert "forecast" in (await streamer("--help")).out
    assert "streamer forecast generate_report @january.json" in (await streamer("forecast", "-h")).out


async def test_the_docs_show_what_it_prints() -> None:
    page = (ROOT / "docs/forecast.md").read_text()
    payload = '{"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf"}'
    ended = await streamer("forecast", "generate_report", payload, COLUMNS="100")
    printed = "\n".join(line.rstrip() for line in ended.out.rstrip().splitlines())
    assert f"$ streamer forecast generate_report '{payload}'\n{printed}\n```\n" in page
