"""Executions that have ended, and the machine that each one gets."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from streamer.local import aws
from streamer.local.engine import backend, executions, finished

MACHINE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemProcessor": {
                "StartAt": "Double",
                "States": {
                    "Double": {
                        "Type": "Pass",
                        "Assign": {"twice": "{% $states.input * 2 %}"},
                        "Output": "{% $states.input * 2 %}",
                        "End": True,
                    }
                },
            },
            "Assign": {"kept": "{% $exists($kept) %}"},
            "Next": "Tell",
        },
        "Tell": {
            "Type": "Pass",
            "Output": {"kept": "{% $kept %}", "doubled": "{% $states.input %}"},
            "End": True,
        },
    },
}


@pytest.fixture
def states() -> Iterator[Any]:
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        backend._patch()
        executions.watch(None)
        yield boto3.client("stepfunctions", region_name=aws.REGION)


@pytest.fixture
def machine(states: Any) -> str:
    role = "arn:aws:iam::123456789012:role/x"
    made = states.create_state_machine(name="m", definition=json.dumps(MACHINE), roleArn=role)
    return str(made["stateMachineArn"])


def run(states: Any, machine: str, name: str, **given: Any) -> str:
    arn = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
    deadline = time.monotonic() + 20
    while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return str(arn)


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
