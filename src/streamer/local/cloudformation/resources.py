"""A transformed template's resources, resolved.

Supported: AWS::Lambda::Function (from a local CodeUri), AWS::StepFunctions::StateMachine (from a local
DefinitionUri, or inline), versions and aliases of both, AWS::Lambda::EventInvokeConfig, AWS::DynamoDB::Table,
AWS::S3::Bucket, AWS::SQS::Queue, and one WebSocket API: AWS::ApiGatewayV2::Api, Stage, Route, RouteResponse,
Integration (of functions) and Authorizer (REQUEST); AWS::Events::Rule and AWS::Scheduler::Schedule with
functions as targets.
Other types (roles, permissions, alarms, log groups, …) are skipped.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from streamer.local.cloudformation.intrinsics import Resolver, api_host

# These may refer to resources that are skipped.
_UNUSED_PROPERTIES = {
    "AccessLogSettings",
    "DeadLetterConfig",
    "Layers",
    "LoggingConfiguration",
    "Role",
    "RoleArn",
    "Tags",
    "VpcConfig",
}

_LISTED = {
    "AWS::ApiGatewayV2::Api",
    "AWS::DynamoDB::Table",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
}


class Stack:
    """The template's resources. `endpoint_url` and `ws_url` are the servers' bases, no slash.

    `parameters` are all that it declares, as texts: those given, and the others' defaults.
    """

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, str],
        *,
        endpoint_url: str = "",
        ws_url: str = "",
    ) -> None:
        declared = template.get("Parameters", {}).items()
        defaults = {name: as_text(each["Default"]) for name, each in declared if "Default" in each}
        self.parameters: Mapping[str, str] = defaults | dict(parameters)
        self.resources: Mapping[str, Any] = template.get("Resources", {})
        self._outputs: Mapping[str, Any] = template.get("Outputs", {})
        self.resolver = Resolver(template, parameters)
        for name, _ in self.of("AWS::ApiGatewayV2::Api"):
            host = api_host(self.resolver.name(name))
            self.resolver.addresses |= {f"https://{host}": endpoint_url, f"wss://{host}": ws_url}

    @property
    def outputs(self) -> dict[str, str]:
        """Return the template's outputs, with local addresses."""
        return {
            name: str(self.resolver.resolve(output["Value"], f"Output {name}"))
            for name, output in self._outputs.items()
            if self.resolver.holds(output.get("Condition"), f"Output {name}")
        }

    @property
    def listed(self) -> list[dict[str, str]]:
        """Return what runs here, as CloudFormation's ListStackResources does."""
        return [
            {
                "LogicalResourceId": name,
                "ResourceType": resource["Type"],
                "PhysicalResourceId": str(self.resolver.resolve({"Ref": name}, name)),
            }
            for name, resource in self.resources.items()
            if resource["Type"] in _LISTED and self.resolver.exists(name)
        ]

    def of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the resources of a type that exist, by logical id, with their resolved properties."""
        for name, resource in self.resources.items():
            if resource["Type"] == kind and self.resolver.exists(name):
                given = resource.get("Properties", {}).items()
                wanted = {key: value for key, value in given if key not in _UNUSED_PROPERTIES}
                yield name, self.resolver.resolve(wanted, name)


def as_text(value: Any) -> str:
    """Return a value as CloudFormation writes it into a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
