"""Row 57: what state machines, rules and routes call, and nothing else, is allowed to them."""

import json
from typing import Any

from tests.iam.judge import forbidden, idle
from tests.iam.machines import MACHINES, ROLES, named
from tests.iam.rights_page import PAGE, exceptions, short
from tests.iam.roles import stack
from tests.support.stack import template


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
        ("ConnectFunctionAliaslive", "apigateway.amazonaws.com", "$connect"),
        ("DisconnectFunctionAliaslive", "apigateway.amazonaws.com", "$disconnect"),
        ("MessageFunctionAliaslive", "apigateway.amazonaws.com", "$default"),
        ("AuthorizerFunctionAliaslive", "apigateway.amazonaws.com", "authorizers/*"),
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
