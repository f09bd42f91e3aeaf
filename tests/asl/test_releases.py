"""Row 64: a deployment while a job runs. The template's machines are deployed twice, and one job runs across.

What CloudFormation does is played: a version that is new to the template gets the next number, and machines
are given their definitions anew. The engine is moto's interpreter; the functions are here, and tell which
version was called. That a version keeps its code is Lambda's promise, and shown by AWS alone.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import count
from threading import Event
from typing import Any

import boto3
import pytest
from moto import mock_aws

from streamer.local import aws
from streamer.local.aws_lambda.invocations import Outcome
from streamer.local.cloudformation.creating import create_machine, update_machine
from streamer.local.cloudformation.resources import Stack
from streamer.local.cloudformation.state_machines import StateMachine, state_machines_of
from streamer.local.cloudformation.template import transform
from streamer.local.engine import backend, executions
from streamer.local.engine.invoking import LambdaClient
from tests.support.stack import PARAMETERS, ROOT

FIRST, SECOND = "1" * 40, "2" * 40
DEADLINE_SECONDS = 60
INPUT = '{"tenant": "acme", "request_id": "r1", "payload": {"n": 1}}'


def expanded(**parameters: str) -> dict[str, Any]:
    return transform(ROOT / "template.yaml", PARAMETERS | parameters)


class Account:
    """A stack that is deployed again and again; `called` has its tasks' functions, as they are named."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}
        self.called: list[str] = []
        self.entered, self.go_on = Event(), Event()
        self._next, self._machines = count(1), dict[str, StateMachine]()
        self.states = boto3.client("stepfunctions", region_name=aws.REGION)

    def deploy(self, template: dict[str, Any]) -> None:
        """Make the versions that are new, and give every machine its definition."""
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Version" and name not in self.numbers:
                self.numbers[name] = str(next(self._next))
        stack = Stack(template, PARAMETERS)
        for machine in state_machines_of(stack):
            text = self._numbered(machine, template, stack)
            (update_machine if machine.name in self._machines else create_machine)(text, self.states)
            self._machines[machine.name] = text

    def _numbered(self, machine: StateMachine, template: dict[str, Any], stack: Stack) -> StateMachine:
        text = machine.definition
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Version":
                function = stack.resolver.arn(resource["Properties"]["FunctionName"]["Ref"])
                text = text.replace(f'"{function}:1"', f'"{function}:{self.numbers[name]}"')
        return StateMachine(machine.name, machine.arn, text, machine.kind, machine.source, machine.aliases)

    def invoke(self, function: str, payload: bytes) -> Future[Outcome]:
        """Be a stage: the first to be called waits until it may go on."""
        self.called.append(function.split(":function:")[1])
        if not self.entered.is_set():
            self.entered.set()
            assert self.go_on.wait(DEADLINE_SECONDS)
        done: Future[Outcome] = Future()
        done.set_result(Outcome(b"{}"))
        return done

    def start(self, name: str, by: str = ":live") -> str:
        started = self.states.start_execution(
            stateMachineArn=self._machines["streamer-echo_async"].arn + by, name=name, input=INPUT
        )
        return str(started["executionArn"])

    def end(self, execution: str) -> str:
        """Return how the execution ends."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (status := self.states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return status


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        backend._patch()
        executions.watch(None)
        made = Account()
        monkeypatch.setattr(backend, "_lambda", LambdaClient(made.invoke))
        yield made
        made.go_on.set()


def test_a64_a_job_ends_on_the_release_that_it_began_on(account: Account) -> None:
    account.deploy(expanded(Release=FIRST))
    old = dict(account.numbers)
    execution = account.start("across")
    assert account.entered.wait(DEADLINE_SECONDS)  # its first stage is at work
    account.deploy(expanded(Release=SECOND))
    account.go_on.set()
    assert account.end(execution) == "SUCCEEDED"
    across, account.called = account.called, []
    assert account.end(account.start("after")) == "SUCCEEDED"

    def versions(numbers: dict[str, str], release: str) -> list[str]:
        stages = ("ReceiveFunction", "GiveBackFunction")
        return [f"streamer-{each}:{numbers[f'{each}Version{release[:10]}']}" for each in stages]

    assert across == versions(old, FIRST)
    assert account.called == versions(account.numbers, SECOND)


def test_a64_an_execution_and_its_events_name_the_machine_without_the_alias(account: Account) -> None:
    told: list[Any] = []
    executions.watch(told.append)
    account.deploy(expanded(Release=FIRST))
    account.go_on.set()
    execution = account.start("by-alias")
    assert execution.endswith(
        ":execution:streamer-echo_async:by-alias"
    )  # what `execution_arn` makes of the row
    assert account.end(execution) == "SUCCEEDED"
    assert {each["detail"]["stateMachineArn"].partition(":stateMachine:")[2] for each in told} == {
        "streamer-echo_async"
    }
    # By the same name it is the same execution, whatever it was started by.
    with pytest.raises(account.states.exceptions.ExecutionAlreadyExists):
        account.start("by-alias", by="")
    with pytest.raises(account.states.exceptions.StateMachineDoesNotExist):
        account.start("by-another", by=":dead")


def test_a64_a_release_is_a_version_of_every_function_and_all_that_calls_one_calls_it_by_that() -> None:
    resources = expanded(Release=FIRST)["Resources"]
    functions = {name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Function"}
    versions = {name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Version"}
    assert versions == {f"{name}Version{FIRST[:10]}" for name in functions}
    assert versions.isdisjoint(expanded(Release=SECOND)["Resources"])
    # Lambda publishes nothing that is what it published before: the release is in what it compares.
    assert {resources[name]["Properties"]["Description"] for name in functions} == {FIRST}
    for name in functions:
        keeps = resources[f"{name}Version{FIRST[:10]}"]["DeletionPolicy"]
        runs_jobs = resources[name]["Properties"]["Handler"].startswith(("steps.", "progress.settle."))
        assert keeps == ("Retain" if runs_jobs else "Delete"), name


def test_a64_every_machine_has_an_alias_of_its_own_version() -> None:
    """SAM writes into what a template gives it: one object for two machines gives both the same version."""
    for canary in ("false", "true"):
        resources = expanded(CanaryReleases=canary)["Resources"]
        machines = [n for n, each in resources.items() if each["Type"] == "AWS::StepFunctions::StateMachine"]
        for name in machines:
            alias, version = resources[f"{name}Aliaslive"], resources[f"{name}Version"]
            assert alias["Properties"]["DeploymentPreference"]["StateMachineVersionArn"] == {
                "Ref": f"{name}Version"
            }
            assert version["Properties"]["StateMachineRevisionId"] == {
                "Fn::GetAtt": [name, "StateMachineRevisionId"]
            }
            assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize(("canary", "kind"), [("false", "ALL_AT_ONCE"), ("true", "CANARY")])
def test_a64_a_parameter_chooses_how_a_release_takes_over(canary: str, kind: str) -> None:
    parameters = {"CanaryReleases": canary}
    template = expanded(**parameters)
    stack = Stack(template, PARAMETERS | parameters)
    tried = {
        name
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::Lambda::Alias" and "UpdatePolicy" in each
    }
    router = {f"{name}FunctionAliaslive" for name in ("Authorizer", "Connect", "Disconnect", "Message")}
    assert tried == (router if canary == "true" else set())
    for _, alias in stack.of("AWS::StepFunctions::StateMachineAlias"):
        preference = alias["DeploymentPreference"]
        assert preference["Type"] == kind
        assert ("Alarms" in preference) is ("Percentage" in preference) is (canary == "true")
    groups = [each for _, each in stack.of("AWS::CodeDeploy::DeploymentGroup")]
    assert all(len(each["AlarmConfiguration"]["Alarms"]) > 1 for each in groups)
    assert len(groups) == len(tried)


@pytest.mark.parametrize(
    ("runtime", "wanted", "taken"),
    [
        ("python3.11", "true", "None"),
        ("python3.13", "true", "PublishedVersions"),
        ("python3.13", "false", "None"),
    ],
)
def test_router_and_authorizer_start_from_snapshots_where_there_can_be_some(
    runtime: str, wanted: str, taken: str
) -> None:
    parameters = {"PythonRuntime": runtime, "SnapStart": wanted}
    found = {
        name: each["SnapStart"]["ApplyOn"]
        for name, each in Stack(expanded(**parameters), PARAMETERS | parameters).of("AWS::Lambda::Function")
        if "SnapStart" in each
    }
    names = ("Authorizer", "Connect", "Disconnect", "Message")
    assert found == {f"{name}Function": taken for name in names}
