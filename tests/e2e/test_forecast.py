"""The forecast's events, held against the history that the local engine writes."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from demo.runner_process import Runner, running
from streamer.forecast import history, paths
from tests.e2e import local_app
from tests.e2e.conftest import CREDENTIALS
from tests.e2e.sockets import run, socket
from tests.support.machines import CAUGHT, OVER, PASS, a_map, block
from tests.support.stack import ROOT

WORK = "arn:aws:lambda:us-east-1:123456789012:function:streamer-Work"


def task(mode: str = "well", **more: Any) -> dict[str, Any]:
    payload = {"say": "hello", "mode": mode}
    if "Resource" in more:
        payload["token"] = "{% $states.context.Task.Token %}"
    arguments = {"FunctionName": WORK, "Payload": payload}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, **more}


def retrying(attempts: int) -> list[dict[str, Any]]:
    return [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": attempts, "BackoffRate": 1}]


CHOICE = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Rest"}], "Default": "Rest"}

WELL = {
    "tasks in a row": block(One=task(), Two=task()),
    "small states": block(
        Pass=PASS,
        Choose=CHOICE,
        Rest={"Type": "Wait", "Seconds": 0},
        Done={"Type": "Succeed"},
    ),
    "a task that waits for its token": block(
        Ask=task(Resource="arn:aws:states:::lambda:invoke.waitForTaskToken")
    ),
    "a Parallel": block(Both={"Type": "Parallel", "Branches": [block(A=task()), block(B=PASS, C=task())]}),
    "an inline Map": block(Each=a_map(block(Item=task(), After=PASS), Items=[1, 2, 3])),
    "a Distributed Map": block(Each=a_map(block(Item=task()), "STANDARD", Items=[1, 2, 3]), After=PASS),
}
BADLY = {
    "a task that is caught": block(Work=task("raise", Catch=CAUGHT), Over=OVER),
    "a task that is retried": block(Work=task("raise", Retry=retrying(1), Catch=CAUGHT), Over=OVER),
    "a Map in a Parallel": block(
        Both={
            "Type": "Parallel",
            "Branches": [block(Each=a_map(block(P=PASS), Items=[1]))],
        },
        Work=task("raise", Retry=retrying(1), Catch=CAUGHT),
        Over=OVER,
    ),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    template = local_app.write(tmp_path_factory.mktemp("forecast"))
    with running(template=template) as started:
        yield started


def written(runner: Runner, definition: dict[str, Any]) -> list[str]:
    """Run a machine to its end; return the types of its events."""
    client = boto3.client("stepfunctions", endpoint_url=runner.endpoint_url, **CREDENTIALS)  # type: ignore[call-overload]
    name = f"m{time.monotonic_ns()}"
    machine = client.create_state_machine(
        name=name,
        definition=json.dumps({"QueryLanguage": "JSONata", **definition}),
        roleArn="arn:aws:iam::123456789012:role/local",
    )
    execution = client.start_execution(stateMachineArn=machine["stateMachineArn"], name=name, input="{}")
    if "waitForTaskToken" in json.dumps(definition):
        answer(client, execution["executionArn"])
    return events(client, execution["executionArn"])


def answer(client: Any, execution: str) -> None:
    """Give the token back that the execution waits for."""
    deadline = time.monotonic() + 30
    while True:
        found = client.get_execution_history(executionArn=execution)["events"]
        if found[-1]["type"] == "TaskSubmitted":
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (scheduled,) = [event for event in found if event["type"] == "TaskScheduled"]
    token = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])["Payload"]["token"]
    client.send_task_success(taskToken=token, output="{}")


def events(client: Any, execution: str) -> list[str]:
    deadline = time.monotonic() + 30
    while client.describe_execution(executionArn=execution)["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    found = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event["type"] for event in found]


def three(_name: str, state: Any) -> int:
    return len(state["Items"])


@pytest.mark.parametrize("name", WELL)
def test_a_history_that_goes_well(name: str, small: Runner) -> None:
    happy = paths.happy(WELL[name], three)
    assert happy is not None
    found = written(small, WELL[name])
    assert found[-1] == "ExecutionSucceeded"
    assert history.OF_AN_EXECUTION + history.events(happy) == len(found), found
    if name != "a Distributed Map":  # its children's states are in their own histories
        assert history.transitions(happy) == sum(kind.endswith("StateEntered") for kind in found)


@pytest.mark.parametrize("name", BADLY)
def test_a_history_that_goes_badly(name: str, small: Runner) -> None:
    found = written(small, BADLY[name])
    assert found[-1] == "ExecutionFailed"
    worst = paths.worst(BADLY[name], three)
    assert history.OF_AN_EXECUTION + history.events(worst) == len(found), found
    retries = found.count("TaskFailed") - 1
    assert history.transitions(worst) == sum(kind.endswith("StateEntered") for kind in found) + retries


async def test_the_history_of_a_report(runner: Runner) -> None:
    async with socket(runner) as c:
        period = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "csv"}
        await run(c, "generate_report", period)
    client = boto3.client("stepfunctions", endpoint_url=runner.endpoint_url, **CREDENTIALS)  # type: ignore[call-overload]
    (machine,) = [
        each["stateMachineArn"]
        for each in client.list_state_machines()["stateMachines"]
        if each["name"].endswith("generate_report")
    ]
    execution = client.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"]
    definition = json.loads((ROOT / "statemachines/generate_report.asl.json").read_text())
    happy = paths.happy(definition, three)
    assert happy is not None
    assert len(events(client, execution)) == history.OF_AN_EXECUTION + history.events(happy)
