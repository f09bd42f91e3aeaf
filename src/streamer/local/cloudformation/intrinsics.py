"""CloudFormation's intrinsic functions, over names that are known before anything exists.

Every resource gets a deterministic physical name, so that references resolve in one pass and in any
order. Supported: Ref, Fn::GetAtt (Arn, Name, QueueName, Version, ApiEndpoint), Fn::Sub, Fn::Join, Fn::If,
Fn::Equals, Fn::Not, Fn::And, Fn::Or, Fn::Select, Fn::Split, Fn::FindInMap, Condition and the AWS:: pseudo
parameters.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from streamer.local.aws import ACCOUNT, REGION, STACK
from streamer.local.errors import LocalError

PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/local",
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}

_NAME_PROPERTIES = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::ApiGatewayV2::Stage": "StageName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
_ARNS = {
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:",
    "AWS::S3::Bucket": "arn:aws:s3:::",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:",
}
# Versions and aliases: the property that names what they are of, and the one that names them. Here everything
# has one version: what is on disk.
_QUALIFIED = {
    "AWS::Lambda::Alias": ("FunctionName", "Name"),
    "AWS::Lambda::Version": ("FunctionName", ""),
    "AWS::StepFunctions::StateMachineVersion": ("StateMachineArn", ""),
}
_ONLY_VERSION = "1"
_REFERRED_BY_ARN = {"AWS::StepFunctions::StateMachine", *_QUALIFIED}
_REFERRED_BY_LOGICAL_ID = re.compile(r"AWS::ApiGatewayV2::(?!Stage)\w+")
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class Resolver:
    """Resolves values of one transformed template.

    `addresses` maps the start of an address on AWS to the one that stands for it here, for example
    `https://{ApiId}.execute-api…` (see `api_host`) to the local endpoint.
    """

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        declared = template.get("Parameters", {})
        defaults = {name: value["Default"] for name, value in declared.items() if "Default" in value}
        self.addresses: dict[str, str] = {}
        self._values: dict[str, Any] = {**PSEUDO_PARAMETERS, **defaults, **parameters}
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        self._conditions: Mapping[str, Any] = template.get("Conditions", {})
        self._mappings: Mapping[str, Any] = template.get("Mappings", {})
        missing = sorted(set(declared) - set(self._values))
        if missing:
            raise LocalError(f"The template's parameters {', '.join(missing)} have no value; give them one.")
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Condition": lambda name, where: self.holds(name, where),
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Select": self._select,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::Not": lambda value, where: not self.resolve(value[0], where),
            "Fn::And": lambda value, where: all(self.resolve(part, where) for part in value),
            "Fn::Or": lambda value, where: any(self.resolve(part, where) for part in value),
        }

    def resolve(self, value: Any, where: str) -> Any:
        """Return `value` without intrinsics; AWS::NoValue drops its key.

        Raises LocalError that names `where` for an intrinsic, name or attribute that is not known.
        """
        if isinstance(value, list):
            parts = (self.resolve(part, where) for part in value if not _is_nothing(part))
            return [part for part in parts if part is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            if name in self._functions:
                return self._localise(self._functions[name](argument, where))
            if name.startswith("Fn::"):
                raise LocalError(f"{where}: {name} is not supported by the local runner.")
        resolved = ((key, self.resolve(part, where)) for key, part in value.items() if not _is_nothing(part))
        return {key: part for key, part in resolved if part is not None}

    def holds(self, condition: str | None, where: str = "Conditions") -> bool:
        """Say whether the named condition holds; no condition always does."""
        if condition is None:
            return True
        if condition not in self._conditions:
            raise LocalError(f"{where}: there is no condition {condition}.")
        return bool(self.resolve(self._conditions[condition], f"Condition {condition}"))

    def exists(self, name: str) -> bool:
        """Say whether the resource is declared and its condition holds."""
        return name in self._resources and self.holds(self._resources[name].get("Condition"), name)

    def name(self, resource: str) -> str:
        """Return the physical name of the resource with this logical id."""
        declared = self._resources[resource]
        kind = declared["Type"]
        if _REFERRED_BY_LOGICAL_ID.fullmatch(kind):
            return resource.lower() if kind == "AWS::ApiGatewayV2::Api" else resource
        given = declared.get("Properties", {}).get(_NAME_PROPERTIES.get(kind, ""))
        if given is not None:
            return str(self.resolve(given, resource))
        name = f"{STACK}-{resource}"
        return name.lower() if kind == "AWS::S3::Bucket" else name

    def arn(self, resource: str) -> str | None:
        """Return the resource's ARN, or None for a type whose ARNs are not known here."""
        kind = self._resources[resource]["Type"]
        if kind in _QUALIFIED:
            return self._qualified(resource, *_QUALIFIED[kind])
        prefix = _ARNS.get(kind)
        return None if prefix is None else prefix + self.name(resource)

    def _qualified(self, resource: str, of: str, named_by: str) -> str:
        properties = self._resources[resource]["Properties"]
        whole = str(self.resolve(properties[of], resource))
        whole = whole if whole.startswith("arn:") else _ARNS["AWS::Lambda::Function"] + whole
        return f"{whole}:{self.resolve(properties[named_by], resource) if named_by else _ONLY_VERSION}"

    def _localise(self, value: Any) -> Any:
        if isinstance(value, str):
            for address, local in self.addresses.items():
                value = value.replace(address, local)
        return value

    def _ref(self, name: str, where: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name not in self._resources:
            raise LocalError(f"{where}: Ref {name} names neither a parameter nor a resource.")
        by_arn = self._resources[name]["Type"] in _REFERRED_BY_ARN
        return self.arn(name) if by_arn else self.name(name)

    def _attribute(self, argument: Any, where: str) -> str:
        resource, _, attribute = argument.partition(".") if isinstance(argument, str) else _pair(argument)
        if resource in self._resources:
            kind = self._resources[resource]["Type"]
            arn = self.arn(resource)
            if attribute == "Arn" and arn:
                return arn
            if attribute == "Version" and kind == "AWS::Lambda::Version":
                return _ONLY_VERSION
            if attribute in {"Name", "QueueName"} and arn:
                return self.name(resource)
            if attribute == "ApiEndpoint" and kind == "AWS::ApiGatewayV2::Api":
                return f"wss://{api_host(self.name(resource))}"
        raise LocalError(f"{where}: Fn::GetAtt {resource}.{attribute} is not supported by the local runner.")

    def _sub(self, argument: Any, where: str) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in given:
                return str(self.resolve(given[name], where))
            return str(self._attribute(name, where) if "." in name else self._ref(name, where))

        return _PLACEHOLDER.sub(replace, text)

    def _join(self, argument: Any, where: str) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self.resolve(parts, where))

    def _split(self, argument: Any, where: str) -> list[str]:
        separator, text = argument
        return str(self.resolve(text, where)).split(separator)

    def _select(self, argument: Any, where: str) -> Any:
        index, parts = argument
        return self.resolve(parts, where)[int(self.resolve(index, where))]

    def _find_in_map(self, argument: Any, where: str) -> Any:
        mapping, first, second = self.resolve(argument, where)
        try:
            return self._mappings[mapping][first][second]
        except KeyError:
            raise LocalError(f"{where}: Fn::FindInMap {mapping}.{first}.{second} is not there.") from None

    def _if(self, argument: Any, where: str) -> Any:
        condition, yes, no = argument
        chosen = yes if self.holds(condition, where) else no
        return None if _is_nothing(chosen) else self.resolve(chosen, where)

    def _equals(self, argument: Any, where: str) -> bool:
        left, right = (self.resolve(part, where) for part in argument)
        return str(left) == str(right)


def api_host(api: str) -> str:
    """Return the host name that API Gateway would give the API with this id."""
    return f"{api}.execute-api.{REGION}.{PSEUDO_PARAMETERS['AWS::URLSuffix']}"


def _is_nothing(value: Any) -> bool:
    return bool(value == {"Ref": "AWS::NoValue"})


def _pair(argument: list[str]) -> tuple[str, str, str]:
    return argument[0], ".", ".".join(argument[1:])
