"""Whether the parts fit together: functions, the tables and the API that they name, machines, routes."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.patient import Patient
from streamer.operating.stack_parts import API, FUNCTION, MACHINE

NAMED = {  # which part a function's variable names
    "JOBS_TABLE": "JobsTable",
    "CONNECTIONS_TABLE": "ConnectionsTable",
    "DATA_BUCKET": "DataBucket",
    "RECORDS_TABLE": "RecordsTable",
}
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:([\w-]+)")
DEPLOY = "Deploy the template again: something has been changed by hand, or a deployment has not ended."


def functions(patient: Patient) -> Iterator[Finding]:
    """Look whether each function is there, is ready, and works on this stack's tables, bucket and API."""
    api = next((part.name for part in patient.parts.of(API)), "")
    for part in patient.parts.of(FUNCTION):
        try:
            told = patient.function(part)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            yield Finding(f"The function {part.logical} is not there", f"no function {part.name}", DEPLOY)
            continue
        state = told.get("State", "Active"), told.get("LastUpdateStatus", "Successful")
        if state[0] in {"Failed", "Pending"} or state[1] in {"Failed", "InProgress"}:
            reason = told.get("StateReason") or told.get("LastUpdateStatusReason") or "no reason is given"
            yield Finding(
                f"The function {part.logical} is not ready", f"{', '.join(state)}: {reason}", DEPLOY
            )
        if told.get("Concurrency") == 0:
            yield Finding(
                f"The function {part.logical} is switched off",
                "its reserved concurrency is 0: every invocation is throttled",
                f"aws lambda delete-function-concurrency --function-name {part.name}, or deploy again.",
            )
        for variable, logical in NAMED.items():
            given, ours = patient.variables(part).get(variable, ""), patient.parts.name(logical)
            if given and ours and given != ours:
                evidence = f"its {variable} is {given}, the stack's {logical} is {ours}"
                yield Finding(f"The function {part.logical} works elsewhere", evidence, DEPLOY)
        url = patient.variables(part).get("CONNECTIONS_URL", "")
        if url and api and api not in url and not patient.place.local:
            evidence = f"its CONNECTIONS_URL is {url}, the stack's API is {api}"
            yield Finding(f"What {part.logical} pushes does not arrive", evidence, DEPLOY)


def machines(patient: Patient) -> Iterator[Finding]:
    """Look whether each state machine is there, and the functions that it calls."""
    states = patient.reads.executions.states
    known = {part.name for part in patient.parts.of(FUNCTION)}
    for part in patient.parts.of(MACHINE):
        try:
            definition = states.describe_state_machine(stateMachineArn=part.name)["definition"]
        except states.exceptions.StateMachineDoesNotExist:
            yield Finding(f"The state machine {part.logical} is not there", f"no {part.name}", DEPLOY)
            continue
        for name in sorted(set(_FUNCTION.findall(definition)) - known):
            if patient.reads.function(name) is None:
                evidence = f"it calls {name}, which is not of this stack and cannot be read"
                yield Finding(
                    f"The state machine {part.logical} calls a function that is not there", evidence, DEPLOY
                )


def routes(patient: Patient) -> Iterator[Finding]:
    """Look whether the API hands messages to the router, and its answers to clients."""
    client = patient.place.client("apigatewayv2")
    for part in patient.parts.of(API):
        found: dict[str, dict[str, Any]] = {
            each["RouteKey"]: each for each in client.get_routes(ApiId=part.name)["Items"]
        }
        for key in sorted({"$connect", "$disconnect", "$default"} - found.keys()):
            yield Finding(f"The API has no route {key}", f"{part.name} has {', '.join(found)}", DEPLOY)
        if "$connect" in found and found["$connect"].get("AuthorizationType", "NONE") == "NONE":
            evidence = f"the route $connect of {part.name} has no authorizer, by which jobs get a tenant"
            yield Finding("Nobody is asked for a token", evidence, DEPLOY)
        if "$default" in found:
            route = found["$default"]["RouteId"]
            if not client.get_route_responses(ApiId=part.name, RouteId=route)["Items"]:
                evidence = (
                    f"the route $default of {part.name} has no route response: API Gateway drops answers"
                )
                yield Finding("Requests are processed and not answered", evidence, DEPLOY)
