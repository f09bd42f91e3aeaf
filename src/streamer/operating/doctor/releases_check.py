"""Whether what runs is one release: the versions that aliases lead to, and those that machines call."""

import re
from collections.abc import Iterator
from typing import Any

from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.patient import Patient
from streamer.operating.stack_parts import FUNCTION_ALIAS, MACHINE, MACHINE_ALIAS, Part

_CALLED = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:([\w-]+)(?::([\w$-]+))?")
DEPLOY = (
    "Where a deployment is under way, ask again at its end. Else deploy what is meant, as another release "
    "(make deploy RELEASE=…, docs/releases.md): all have new versions then, and aliases lead to them."
)


def look(patient: Patient) -> Iterator[Finding]:
    """Look whether functions and state machines run what was deployed last, and fit each other.

    A release that is taking over has two versions behind each alias, and either will do.
    """
    live: dict[str, set[str]] = {}
    client = patient.place.client("lambda")
    for alias in patient.parts.of(FUNCTION_ALIAS):
        yield from _function(client, alias, live)
    for machine in patient.parts.of(MACHINE):
        yield from _machine(patient, machine, live)


def _function(client: Any, alias: Part, live: dict[str, set[str]]) -> Iterator[Finding]:
    """Look at a function's alias, and put the versions that it leads to into `live`, by function."""
    arn, _, name = alias.name.rpartition(":")
    function = arn.rpartition(":")[2]
    try:
        told = client.get_alias(FunctionName=function, Name=name)
    except client.exceptions.ResourceNotFoundException:
        yield _gone(alias)
        return
    beside = told.get("RoutingConfig") or {}
    live[function] = {told["FunctionVersion"], *beside.get("AdditionalVersionWeights", {})}
    newest = client.get_function(FunctionName=function)["Configuration"]
    versions = [
        client.get_function(FunctionName=function, Qualifier=each)["Configuration"]
        for each in sorted(live[function])
    ]
    if _release(newest) not in map(_release, versions):
        yield Finding(
            f"The function {function} does not run what was deployed last",
            f"its alias {name} leads to version {_and(live[function])} {_told(versions[0])}; "
            f"its $LATEST is another {_told(newest)}",
            DEPLOY,
        )


def _machine(patient: Patient, machine: Part, live: dict[str, set[str]]) -> Iterator[Finding]:
    """Look at the definitions by which a machine's new executions begin."""
    executions = patient.reads.executions
    states = executions.states
    try:
        newest = executions.machine(machine.name)
    except states.exceptions.StateMachineDoesNotExist:
        return  # the check of state machines tells that
    begun = {machine.name: newest}
    for alias in patient.parts.of(MACHINE_ALIAS):
        if not alias.name.startswith(f"{machine.name}:"):
            continue
        try:
            routed = states.describe_state_machine_alias(stateMachineAliasArn=alias.name)
        except states.exceptions.ResourceNotFound:
            yield _gone(alias)
            return
        versions = [each["stateMachineVersionArn"] for each in routed["routingConfiguration"]]
        begun = {arn: executions.machine(arn) for arn in versions}
        if newest not in begun.values():
            evidence = f"{alias.name} leads to {_and(begun)}, and the machine has been changed since"
            yield Finding(f"{machine.logical} does not run what was deployed last", evidence, DEPLOY)
    apart = {arn: _apart(definition, live) for arn, definition in begun.items()}
    if all(apart.values()):
        evidence = "; ".join(f"{arn} calls {calls}" for arn, calls in apart.items())
        yield Finding(f"{machine.logical} and its functions are of different releases", evidence, DEPLOY)


def _apart(definition: str, live: dict[str, set[str]]) -> str:
    """Return the calls of a definition that are not of versions that are live, and which ones are."""
    return ", ".join(
        f"{function}:{version or '$LATEST'} (live: {_and(live[function])})"
        for function, version in sorted(set(_CALLED.findall(definition)))
        if function in live and version not in live[function]
    )


def _gone(alias: Part) -> Finding:
    return Finding(f"The alias {alias.logical} is not there", f"no {alias.name}: nobody reaches it", DEPLOY)


def _release(configuration: dict[str, Any]) -> tuple[str | None, str]:
    """Return what tells a release: the code, and the release that `make deploy` writes into descriptions."""
    return configuration.get("CodeSha256"), configuration.get("Description", "")


def _told(configuration: dict[str, Any]) -> str:
    code, release = _release(configuration)
    return f"(release {release[:10]})" if release else f"(code {str(code)[:10]})"


def _and(names: Any) -> str:
    return " and ".join(sorted(names))
