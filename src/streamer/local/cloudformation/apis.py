"""The WebSocket API that a template declares."""

import re
from collections.abc import Mapping
from typing import Any

from streamer.local.api_gateway.routes import Api, Route
from streamer.local.cloudformation.resources import Stack
from streamer.local.errors import LocalError

_FUNCTION_IN_URI = re.compile(r"functions/(arn:[^/]+:function:[^/]+)/invocations$")


def api_of(stack: Stack) -> Api:
    """Return the stack's WebSocket API. Raises LocalError where there is not exactly one."""
    apis = [(n, p) for n, p in stack.of("AWS::ApiGatewayV2::Api") if p.get("ProtocolType") == "WEBSOCKET"]
    if len(apis) != 1:
        raise LocalError(f"The template must have one WebSocket API; it has {len(apis)}.")
    ((name, properties),) = apis
    api = stack.resolver.name(name)
    stages = [p for _, p in stack.of("AWS::ApiGatewayV2::Stage") if p["ApiId"] == api]
    if len(stages) != 1:
        raise LocalError(f"{name} must have one stage; it has {len(stages)}.")
    routes = [(n, p) for n, p in stack.of("AWS::ApiGatewayV2::Route") if p["ApiId"] == api]
    connect = next((p for _, p in routes if p["RouteKey"] == "$connect"), {})
    authorizer = dict(stack.of("AWS::ApiGatewayV2::Authorizer")).get(connect.get("AuthorizerId", ""))
    responding = {p["RouteId"] for _, p in stack.of("AWS::ApiGatewayV2::RouteResponse")}
    return Api(
        id=api,
        stage=stages[0]["StageName"],
        selection=properties["RouteSelectionExpression"],
        routes={p["RouteKey"]: Route(_target(stack, n, p), n in responding) for n, p in routes},
        authorizer=_function_of(connect["AuthorizerId"], authorizer["AuthorizerUri"]) if authorizer else None,
        identity_sources=tuple(authorizer.get("IdentitySource", ())) if authorizer else (),
    )


def _target(stack: Stack, name: str, route: Mapping[str, Any]) -> str:
    integration = route.get("Target", "").removeprefix("integrations/")
    integrations = dict(stack.of("AWS::ApiGatewayV2::Integration"))
    if integration not in integrations:
        raise LocalError(f"{name}: its target {integration} is not an integration of this template.")
    return _function_of(integration, integrations[integration]["IntegrationUri"])


def _function_of(where: str, uri: str) -> str:
    match = _FUNCTION_IN_URI.search(uri)
    if not match:
        raise LocalError(f"{where}: only Lambda functions can be called, not {uri}.")
    return match[1]
