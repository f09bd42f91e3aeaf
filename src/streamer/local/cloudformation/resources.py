"""What the local runner makes of a transformed template.

Supported: AWS::Lambda::Function (from a local CodeUri), AWS::StepFunctions::StateMachine (from a local
DefinitionUri, or inline), AWS::DynamoDB::Table, AWS::S3::Bucket, and one WebSocket API:
AWS::ApiGatewayV2::Api, Stage, Route, RouteResponse, Integration (of functions) and Authorizer (REQUEST);
AWS::Events::Rule and AWS::Scheduler::Schedule with functions as targets.
Other types (roles, permissions, alarms, log groups, …) are skipped.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamer.local.aws import ACCOUNT
from streamer.local.aws_lambda.worker import Function
from streamer.local.cloudformation.intrinsics import Resolver, api_host
from streamer.local.cloudformation.template import local_path
from streamer.local.errors import LocalError
from streamer.local.eventbridge import rules
from streamer.local.eventbridge.rules import Rule

_FUNCTION_IN_URI = re.compile(r"functions/(arn:[^/]+:function:[^/]+)/invocations$")
_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
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
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/local"


@dataclass(frozen=True)
class Route:
    """Where messages of a route go, by function ARN; `responds` where its answer goes back to the client."""

    function: str
    responds: bool


@dataclass(frozen=True)
class Api:
    """A WebSocket API. `identity_sources` must all be in the handshake, else it is refused unasked."""

    id: str
    stage: str
    selection: str
    routes: Mapping[str, Route]
    authorizer: str | None
    identity_sources: tuple[str, ...] = ()

    @property
    def first_functions(self) -> list[str]:
        """Return the functions that a client meets first: authorizer, $connect, $default."""
        routes = [self.routes[key].function for key in ("$connect", "$default") if key in self.routes]
        return [self.authorizer, *routes] if self.authorizer else routes


class Stack:
    """The template's resources, resolved. `endpoint_url` and `ws_url` are the servers' bases, no slash."""

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, str],
        *,
        endpoint_url: str = "",
        ws_url: str = "",
    ) -> None:
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        self._outputs: Mapping[str, Any] = template.get("Outputs", {})
        self._resolver = Resolver(template, parameters)
        for name, _ in self._of("AWS::ApiGatewayV2::Api"):
            host = api_host(self._resolver.name(name))
            self._resolver.addresses |= {f"https://{host}": endpoint_url, f"wss://{host}": ws_url}

    @property
    def functions(self) -> list[Function]:
        """Return the Lambda functions."""
        return [self._function(name, properties) for name, properties in self._of("AWS::Lambda::Function")]

    @property
    def outputs(self) -> dict[str, str]:
        """Return the template's outputs, with local addresses."""
        return {
            name: str(self._resolver.resolve(output["Value"], f"Output {name}"))
            for name, output in self._outputs.items()
            if self._resolver.holds(output.get("Condition"), f"Output {name}")
        }

    @property
    def api(self) -> Api:
        """Return the WebSocket API. Raises LocalError where there is not exactly one."""
        apis = [n for n, p in self._of("AWS::ApiGatewayV2::Api") if p.get("ProtocolType") == "WEBSOCKET"]
        if len(apis) != 1:
            raise LocalError(f"The template must have one WebSocket API; it has {len(apis)}.")
        properties = self._properties(apis[0], self._resources[apis[0]])
        api = self._resolver.name(apis[0])
        stages = [p for _, p in self._of("AWS::ApiGatewayV2::Stage") if p["ApiId"] == api]
        if len(stages) != 1:
            raise LocalError(f"{apis[0]} must have one stage; it has {len(stages)}.")
        routes = [(n, p) for n, p in self._of("AWS::ApiGatewayV2::Route") if p["ApiId"] == api]
        connect = next((p for _, p in routes if p["RouteKey"] == "$connect"), {})
        authorizer = dict(self._of("AWS::ApiGatewayV2::Authorizer")).get(connect.get("AuthorizerId", ""))
        responding = {p["RouteId"] for _, p in self._of("AWS::ApiGatewayV2::RouteResponse")}
        return Api(
            id=api,
            stage=stages[0]["StageName"],
            selection=properties["RouteSelectionExpression"],
            routes={p["RouteKey"]: Route(self._target(n, p), n in responding) for n, p in routes},
            authorizer=_function_of(connect["AuthorizerId"], authorizer["AuthorizerUri"])
            if authorizer
            else None,
            identity_sources=tuple(authorizer.get("IdentitySource", ())) if authorizer else (),
        )

    @property
    def rules(self) -> list[Rule]:
        """Return the enabled rules and schedules. Raises LocalError for what they ask and cannot get here."""
        return rules.declared(self._resources, self._resolver)

    def create(self, client: Callable[[str], Any]) -> None:
        """Create tables, buckets and state machines through the boto3 clients that `client` makes."""
        for name, properties in self._of("AWS::DynamoDB::Table"):
            _create_table(client("dynamodb"), self._resolver.name(name), properties)
        for name, _ in self._of("AWS::S3::Bucket"):
            client("s3").create_bucket(Bucket=self._resolver.name(name))
        for name, properties in self._of("AWS::StepFunctions::StateMachine"):
            client("stepfunctions").create_state_machine(
                name=self._resolver.name(name),
                definition=_definition(name, properties),
                roleArn=_ROLE,
                type=properties.get("StateMachineType", "STANDARD"),
            )

    def _of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the resources of a type that exist, with their resolved properties."""
        for name, resource in self._resources.items():
            if resource["Type"] == kind and self._resolver.exists(name):
                yield name, self._properties(name, resource)

    def _properties(self, name: str, resource: Mapping[str, Any]) -> dict[str, Any]:
        given = resource.get("Properties", {}).items()
        wanted = {key: value for key, value in given if key not in _UNUSED_PROPERTIES}
        properties: dict[str, Any] = self._resolver.resolve(wanted, name)
        return properties

    def _function(self, name: str, properties: Mapping[str, Any]) -> Function:
        code = properties["Code"]
        folder = local_path(code.get("S3Bucket", ""), code.get("S3Key", ""))
        if not folder.is_dir():
            raise LocalError(f"{name}: its CodeUri {folder} is not a folder.")
        variables = properties.get("Environment", {}).get("Variables", {})
        return Function(
            name=self._resolver.name(name),
            arn=str(self._resolver.arn(name)),
            handler=properties["Handler"],
            code=folder,
            environment={key: _text(value) for key, value in variables.items()},
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            log_format=properties.get("LoggingConfig", {}).get("LogFormat", "Text"),
        )

    def _target(self, name: str, route: Mapping[str, Any]) -> str:
        integration = route.get("Target", "").removeprefix("integrations/")
        integrations = dict(self._of("AWS::ApiGatewayV2::Integration"))
        if integration not in integrations:
            raise LocalError(f"{name}: its target {integration} is not an integration of this template.")
        return _function_of(integration, integrations[integration]["IntegrationUri"])


def _function_of(where: str, uri: str) -> str:
    match = _FUNCTION_IN_URI.search(uri)
    if not match:
        raise LocalError(f"{where}: only Lambda functions can be called, not {uri}.")
    return match[1]


def _create_table(dynamodb: Any, name: str, properties: dict[str, Any]) -> None:
    accepted = dynamodb.meta.service_model.operation_model("CreateTable").input_shape.members
    # moto wants keys of its own for encryption, and nothing here looks at it.
    given = {key: value for key, value in properties.items() if key in accepted and key != "SSESpecification"}
    if "StreamSpecification" in given:
        given["StreamSpecification"] = {"StreamEnabled": True, **given["StreamSpecification"]}
    dynamodb.create_table(**{**given, "TableName": name})
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )


def _definition(name: str, properties: Mapping[str, Any]) -> str:
    location = properties.get("DefinitionS3Location")
    if location:
        path = local_path(location["Bucket"], location["Key"])
        if not path.is_file():
            raise LocalError(f"{name}: its DefinitionUri {path} is not a file.")
        text = _json(path)
    else:
        text = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    substitutions = properties.get("DefinitionSubstitutions", {})
    return _SUBSTITUTION.sub(lambda match: _text(substitutions.get(match[1], match[0])), text)


def _json(path: Path) -> str:
    if path.suffix == ".json":
        return path.read_text()
    import yaml

    return json.dumps(yaml.safe_load(path.read_text()))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
