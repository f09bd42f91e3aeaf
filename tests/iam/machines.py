"""What state machines call, by their definitions."""

import json
from collections.abc import Iterator
from typing import Any

from jobs import keys
from streamer.local.cloudformation.state_machines import StateMachine, state_machines_of
from tests.iam.calls import Call
from tests.iam.roles import roles, stack

ROLES = roles("AWS::StepFunctions::StateMachine")
MACHINES = {each.name.removeprefix("streamer-"): each for each in state_machines_of(stack())}
# An object of a job's, as an expression in a machine would name it.
OBJECT = f"arn:aws:s3:::{stack().resolver.name('DataBucket')}/{keys.folder('acme', 'r1')}batches.json"


def named(machine: StateMachine) -> set[Call]:
    """Return what an execution calls, by its machine's definition."""
    return set(_named(json.loads(machine.definition), machine.arn))


def _named(definition: dict[str, Any], arn: str) -> Iterator[Call]:
    for state in definition["States"].values():
        match state:
            case {"Type": "Task", "Resource": resource, "Arguments": {"FunctionName": function}}:
                assert resource.removesuffix(".waitForTaskToken") == "arn:aws:states:::lambda:invoke"
                yield Call("lambda:InvokeFunction", function)
            case {"Type": "Task"}:
                raise NotImplementedError(f"what {state['Resource']} asks IAM for")
            case {"Type": "Map"}:
                yield from _of_a_map(state, arn)
                yield from _named(state["ItemProcessor"], arn)
            case {"Type": "Parallel"}:
                raise NotImplementedError("the branches")


def _of_a_map(state: dict[str, Any], arn: str) -> Iterator[Call]:
    """Yield what a distributed Map needs: its items are executions of the machine itself."""
    assert "ResultWriter" not in state
    if state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        children = arn.replace(":stateMachine:", ":execution:")
        yield Call("states:StartExecution", arn)
        yield Call("states:DescribeExecution", f"{children}:item")
        yield Call("states:StopExecution", f"{children}:item")
        yield Call("states:RedriveExecution", f"{children}/a-label:item")
    if reader := state.get("ItemReader"):
        assert reader["Resource"] == "arn:aws:states:::s3:getObject"
        yield Call("s3:GetObject", OBJECT)
