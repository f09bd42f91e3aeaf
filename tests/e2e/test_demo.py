"""`make demo ACTION=…`: every action that ships is shown on real data, and what is shown is true."""

import csv
import io
from pathlib import Path

import pytest
from pypdf import PdfReader
from rich.console import Console

from demo.play import OUTPUT, Play
from demo.runner_process import Runner
from demo.scenes import SCENES


async def shown(name: str, runner: Runner) -> str:
    """Return what the terminal shows of an action."""
    output = io.StringIO()
    async with Play.on(runner, Console(file=output, width=100)) as play:
        await SCENES[name](play)
    return output.getvalue()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["echo", "health", "upload", "delay", "echo_async"])
async def test_small_scenes(name: str, shipped: Runner) -> None:
    assert f"asking for {name} " in await shown(name, shipped)


async def test_reports(shipped: Runner) -> None:
    text = await shown("generate_report", shipped)
    assert text.index("answered") < text.index("accepted generate_report")
    assert "27,004" in PdfReader(OUTPUT / "report.pdf").pages[0].extract_text()
    await shown("approve_report", shipped)
    assert "27,004" in PdfReader(OUTPUT / "approved.pdf").pages[0].extract_text()


async def test_data(shipped: Runner) -> None:
    text = await shown("process_data", shipped)
    rows = list(csv.DictReader((OUTPUT / "process_data.csv").read_text().splitlines()))
    assert sum(int(row["flights"]) for row in rows) == 26_398  # of 27,004; the others did not arrive
    assert '"accuracy": 0.897' in text
    assert '"when": "dep_delay > 15"' in " ".join(text.split())  # what was asked


async def test_bulk(shipped: Runner) -> None:
    text = await shown("bulk_operation", shipped)
    assert "processed   1000" in text
    united = (OUTPUT / "bulk_report.jsonl").read_text().count('"processed": true')
    assert f"processed   {united}\n" in text
    assert 0 < united < 500
    assert "the condition refuses all others" in text
    assert '"… and 499 more"], "if": {"equals": {"carrier": "UA"}}}' in " ".join(text.split())
