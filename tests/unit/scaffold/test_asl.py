"""The state machine of a new action; tests/asl checks the ones that were made with it."""

import json
from typing import Any

import pytest

from streamer.scaffold.asl import machine
from streamer.scaffold.naming import parse
from tests.support.stack import ROOT

SHIPPED = json.loads((ROOT / "statemachines/generate_report.asl.json").read_text())["States"]


def made(*stages: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(machine(parse("import_orders", ",".join(stages))))
    return document


def test_errors_are_handled_as_in_what_ships() -> None:
    states = made("fetch_orders", "check_orders")["States"]
    for name in ("Fetch orders", "Check orders"):
        for part in ("Retry", "Catch", "Resource", "Output"):
            assert states[name][part] == SHIPPED["Query the records"][part]
    for name in ("Save partial progress", "Fail the job"):
        assert states[name] == SHIPPED[name]


@pytest.mark.parametrize("count", range(1, 11))
def test_stages_share_the_whole_evenly(count: int) -> None:
    document = made(*(f"stage_{n}" for n in range(count)))
    name, ends = document["StartAt"], [0]
    while name:
        state = document["States"][name]
        part = state["Arguments"]["Payload"]["progress"]
        assert part["from"] == ends[-1]
        ends.append(part["to"])
        name = state.get("Next")
    assert (len(ends), ends[-1]) == (count + 1, 100)
    assert all(abs(end - 100 * n / count) <= 0.5 for n, end in enumerate(ends))


def test_the_first_stage_has_the_payload_and_the_others_what_was_handed_on() -> None:
    states = made("fetch_orders", "check_orders", "store_orders")["States"]
    inputs = [states[name]["Arguments"]["Payload"].get("input") for name in list(states)[:3]]
    handed = {"given": "{% $states.input %}"}
    assert inputs == [{"request": "{% $states.context.Execution.Input.payload %}"}, handed, handed]
