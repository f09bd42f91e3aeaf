"""Row 57: what state machines, rules and routes call, and nothing else, is allowed to them."""

import json
from collections.abc import Iterator
from typing import Any

from jobs import keys
from streamer.local.cloudformation.state_machines import StateMachine, state_machines_of
from tests.iam.calls import Call
from tests.iam.judge import forbidden, idle
from tests.iam.rights_page import PAGE, exceptions, short
from tests.iam.roles import roles, stack
from tests.support.stack import template

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


def test_a57_every_machine_may_do_what_it_names_and_nothing_else() -> None:
    found, excepted = {}, exceptions(PAGE.read_text())
    for logical_id, rights in ROLES.items():
        name = stack().resolver.name(logical_id).removeprefix("streamer-")
        grants = [grant for grant in rights if short(grant) not in excepted]
        calls = named(MACHINES[name])
        found[name] = (forbidden(grants, calls), idle(grants, calls))
    assert found == {name: ([], []) for name in MACHINES}


def test_a57_whoever_calls_a_function_is_allowed_to_and_nobody_else() -> None:
    resources = template()["Resources"]
    allowed = set()
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Permission":
            given = resource["Properties"]
            assert given["Action"] == "lambda:InvokeFunction"
            allowed.add((_function(given["FunctionName"]), given["Principal"], _source(given["SourceArn"])))
    targets = {
        (_function(target["Arn"]), "events.amazonaws.com", name)
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Events::Rule"
        for target in resource["Properties"]["Targets"]
    }
    routes = {
        ("ConnectFunction", "apigateway.amazonaws.com", "$connect"),
        ("DisconnectFunction", "apigateway.amazonaws.com", "$disconnect"),
        ("MessageFunction", "apigateway.amazonaws.com", "$default"),
        ("AuthorizerFunction", "apigateway.amazonaws.com", "authorizers/*"),
    }
    assert allowed == targets | routes


def _function(reference: dict[str, Any]) -> str:
    return str(reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0])


def _source(arn: dict[str, Any]) -> str:
    """Return the rule, or what of the API: SAM writes `API/STAGE/ROUTE` or `API/authorizers/*`."""
    if "Fn::GetAtt" in arn:
        return str(arn["Fn::GetAtt"][0])
    text = arn["Fn::Sub"][0]
    assert ":execute-api:" in text
    assert "WebSocketApi" in json.dumps(arn)
    return str(text.partition("__StageName__}/")[2] or text.partition("__ApiId__}/")[2])
