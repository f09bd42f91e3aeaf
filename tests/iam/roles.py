"""What the template grants to functions and machines, with ARNs as the local runner names them."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from streamer.local.cloudformation.resources import Stack
from tests.support.stack import PARAMETERS, template

Statement = dict[str, Any]


@dataclass(frozen=True)
class Grant:
    """One action on one pattern of resources; `condition` has one value for each key that it asks for."""

    action: str
    resource: str
    condition: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        asked = [f"{key}={value}" for keys in self.condition.values() for key, value in keys.items()]
        return " ".join([self.action, self.resource, *asked])

    @property
    def statement(self) -> Statement:
        """The grant as a statement of its own."""
        told = {"Effect": "Allow", "Action": self.action, "Resource": self.resource}
        return told | ({"Condition": dict(self.condition)} if self.condition else {})


def stack() -> Stack:
    """Return the template's resources."""
    return Stack(template(), PARAMETERS)


def roles(kind: str) -> dict[str, list[Grant]]:
    """Return what the roles of all resources of a type grant themselves, taken apart, by logical id."""
    found, ours = {}, dict(stack().of("AWS::IAM::Role"))
    for name, resource in template()["Resources"].items():
        if resource["Type"] == kind:
            properties = resource["Properties"]
            role = ours[(properties.get("Role") or properties["RoleArn"])["Fn::GetAtt"][0]]
            found[name] = [
                grant
                for policy in role.get("Policies", [])
                for statement in _listed(policy["PolicyDocument"]["Statement"])
                for grant in _apart(statement)
            ]
    return found


def destinations() -> Iterator[tuple[str, str]]:
    """Yield which functions, by logical id, have a queue for what they fail at, and its ARN."""
    given = template()["Resources"]
    for name, config in stack().of("AWS::Lambda::EventInvokeConfig"):
        function = given[name]["Properties"]["FunctionName"]["Ref"]
        yield function, config["DestinationConfig"]["OnFailure"]["Destination"]


def managed() -> set[str]:
    """Return the names of AWS's own policies that any role of the template has."""
    every = [role.get("ManagedPolicyArns", []) for _, role in stack().of("AWS::IAM::Role")]
    return {arn.rpartition("/")[2] for arns in every for arn in arns}


def _apart(statement: Statement) -> Iterator[Grant]:
    """Yield a grant for each action, each resource, and each of the values that a condition allows."""
    assert statement["Effect"] == "Allow"
    assert statement.keys() <= {"Effect", "Action", "Resource", "Condition", "Sid"}, statement
    asked = [
        [(operator, key, value) for value in _listed(values)]
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    for action, resource, *values in itertools.product(
        _listed(statement["Action"]), _listed(statement["Resource"]), *asked
    ):
        condition: dict[str, dict[str, str]] = {}
        for operator, key, value in values:
            condition.setdefault(operator, {})[key] = value
        yield Grant(action, resource, condition)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
