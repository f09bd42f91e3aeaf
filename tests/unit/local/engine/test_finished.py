"""Executions that have ended, and the machine that each one gets."""

import json
import time
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from streamer.local import aws
from streamer.local.engine import finished
from tests.unit.local.engine.conftest import run


def ended() -> list[Any]:
    (machine,) = stepfunctions_parser_backends[aws.ACCOUNT][aws.REGION].state_machines
    return machine.executions


def is_packed() -> bool:
    deadline = time.monotonic() + 20
    while not all(isinstance(each.exec_worker, finished.History) for each in ended()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return True


def test_a_history_stays_readable_when_nothing_else_is_kept(states: Any, machine: str) -> None:
    arn = run(states, machine, "one", items=[1, 2])
    assert is_packed()
    history = states.get_execution_history(executionArn=arn)["events"]
    assert (history[0]["type"], history[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert json.loads(history[-1]["executionSucceededEventDetails"]["output"]) == {
        "kept": False,
        "doubled": [2, 4],
    }


def test_the_oldest_are_forgotten(states: Any, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finished, "MOST_FINISHED", 3)
    for number in range(6):
        run(states, machine, f"e{number}", items=[])
        assert is_packed()
    kept = [each["name"] for each in states.list_executions(stateMachineArn=machine)["executions"]]
    assert kept == ["e5", "e4", "e3"]


def test_a_name_is_taken_once(states: Any, machine: str) -> None:
    run(states, machine, "one", items=[1])
    run(states, machine, "two", items=[1])
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=machine, name="one", input='{"items": [2]}')


def test_a_machine_is_parsed_once_and_nothing_is_kept_between_executions(
    states: Any, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(states, machine, "first", items=[0])
    parsed: list[str] = []
    monkeypatch.setattr(AmazonStateLanguageParser, "parse", parsed.append)
    for number in range(3):
        arn = run(states, machine, f"e{number}", items=list(range(number)))
        output = json.loads(states.describe_execution(executionArn=arn)["output"])
        assert output == {"kept": False, "doubled": [2 * item for item in range(number)]}
    assert not parsed


def test_each_execution_has_a_program_of_its_own(states: Any, machine: str) -> None:
    for name in ("one", "two"):
        run(states, machine, name, items=[])
    made = [worker_of(machine)._get_evaluation_entrypoint() for _ in range(2)]
    assert made[0] is not made[1]
    assert made[0].states.states["Each"] is not made[1].states.states["Each"]


def worker_of(machine: str) -> Any:
    (execution, *_) = ended()
    return execution._get_start_execution_worker()
