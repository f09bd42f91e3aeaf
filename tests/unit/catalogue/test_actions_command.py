"""`streamer actions` as a process, on this project; and actions of other kinds, as data and on a console."""

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from rich.console import Console

from actions import actions
from router.registry import Identity, Registry
from streamer.catalogue.entries import entries
from streamer.catalogue.listing import show_all, show_one
from tests.support.stack import ROOT
from tests.unit.catalogue.test_outline import MACHINE

STREAMER = Path(sys.executable).with_name("streamer")


def streamer(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [STREAMER, *arguments],
        cwd=folder,
        env=os.environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_the_table_has_every_action_and_stage_in_a_hundred_columns() -> None:
    ended = streamer("actions")
    assert ended.returncode == 0, ended.stderr
    assert {line.split()[0] for line in ended.stdout.splitlines() if line[0] != " "} == {"action", *actions}
    assert "   0-30  Query the records" in ended.stdout
    assert " 90-100  Publish the report" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 100


def test_an_action_is_told_with_all_of_its_fields_stages_and_a_request_to_copy() -> None:
    ended = streamer("actions", "generate_report")
    rows = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    assert "start_date date required the period's first day" in rows
    assert "report_type summary | detailed summary `summary` has the ten largest groups" in rows
    assert "0-30 Query the records 310 s 4" in rows
    (request,) = [shlex.split(row) for row in rows if row.startswith("streamer request")]
    action = actions.get("generate_report")
    assert action
    assert request[:3] == ["streamer", "request", "generate_report"]
    action.payload.validate_json(request[3])


def test_json_has_schemas_and_stages() -> None:
    all_of_them = json.loads(streamer("actions", "--json").stdout)
    assert [each["name"] for each in all_of_them] == list(actions)
    report = json.loads(streamer("actions", "generate_report", "--json").stdout)
    assert report in all_of_them
    assert list(report["payload"]["properties"])[:3] == ["start_date", "end_date", "format"]
    assert report["stages"][0] == {
        "name": "Query the records",
        "from": 0,
        "to": 30,
        "timeout_seconds": 310,
        "attempts": 4,
    }
    assert (report["runs"], report["example_seconds"]) == ("by estimate", 6.1)


def test_what_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    unknown = streamer("actions", "dance")
    assert unknown.returncode == 2
    assert "generate_report" in unknown.stderr
    assert streamer("actions", folder=tmp_path).returncode == 2


class Part(BaseModel):
    """One of them."""

    size: int = Field(ge=0, le=9, description="how large")


class Parts(BaseModel):
    """Put parts together."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"parts": [{"size": 3}, {"size": 4}]}]})

    parts: list[Part] = Field(max_length=5)


def seconds(parts: Parts) -> float:
    """As long as the parts are large."""
    return sum(part.size for part in parts.parts)


def together(payload: Parts, identity: Identity) -> Any:
    """Put a few parts together."""


def shown(*, one: bool) -> str:
    registry = Registry()
    registry.add("together", Parts, estimate=seconds, handler=together, job=True, permission="parts:put")
    (entry,) = entries(registry, {"together": MACHINE})
    assert (entry.runs, entry.example_seconds) == ("by estimate", 7)
    console = Console(file=io.StringIO(), width=100)
    if one:
        show_one(entry, console)
    else:
        show_all([entry], console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("one", [True, False])
def test_an_action_may_run_either_way(one: bool) -> None:
    text = shown(one=one)
    assert "by estimate" in text
    assert "7 s" in text


def test_the_models_within_a_payload_are_told_too() -> None:
    rows = [" ".join(line.split()) for line in shown(one=True).splitlines()]
    assert "parts list of up to 5: Part required" in rows
    assert "Part One of them." in rows
    assert "size integer 0 to 9 required how large" in rows
    assert "As long as the parts are large." in " ".join(rows)
    assert "Asks for the permission parts:put." in rows
    assert "20-80 Work on the items 60 s 3 once for each item, not always" in rows
    assert "80-99.5 Ask somebody 86,400 s 1 waits for an answer" in rows
