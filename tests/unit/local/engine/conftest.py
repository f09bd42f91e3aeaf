"""The engine in process, and a machine with a Map."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from streamer.local import aws
from streamer.local.engine import backend, executions

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
    """Run an execution to its end; return its ARN."""
    arn = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
    deadline = time.monotonic() + 20
    while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return str(arn)
