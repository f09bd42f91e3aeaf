"""The state machines that a template declares, with everything substituted."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamer.local.cloudformation.resources import Stack, as_text
from streamer.local.cloudformation.template import local_path
from streamer.local.errors import LocalError

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class StateMachine:
    """A state machine; `definition` is JSON. `source` is the file that it came from, if it came from one.

    By its `aliases` it is started as it is now: nothing here has older versions.
    """

    name: str
    arn: str
    definition: str
    kind: str
    source: Path | None
    aliases: tuple[str, ...] = ()


def state_machines_of(stack: Stack) -> list[StateMachine]:
    """Return the stack's state machines. Raises LocalError for a definition that is missing or malformed."""
    aliases: dict[str, list[str]] = {}
    for name, properties in stack.of("AWS::StepFunctions::StateMachineAlias"):
        aliases.setdefault(_pointed_at(name, properties), []).append(properties["Name"])
    found = []
    for name, properties in stack.of("AWS::StepFunctions::StateMachine"):
        source = _source(name, properties)
        made = StateMachine(
            name=stack.resolver.name(name),
            arn=(arn := str(stack.resolver.arn(name))),
            definition=_definition(source, properties),
            kind=properties.get("StateMachineType", "STANDARD"),
            source=source,
            aliases=tuple(aliases.get(arn, ())),
        )
        found.append(made)
    return found


def _pointed_at(alias: str, properties: Mapping[str, Any]) -> str:
    """Return the ARN of an alias's machine."""
    routes = properties.get("RoutingConfiguration") or [properties.get("DeploymentPreference", {})]
    version: str = routes[0].get("StateMachineVersionArn", "")
    if not version:
        raise LocalError(f"{alias} points at no version of a state machine.")
    return version.rpartition(":")[0]


def _source(name: str, properties: Mapping[str, Any]) -> Path | None:
    location = properties.get("DefinitionS3Location")
    if not location:
        return None
    path = local_path(location["Bucket"], location["Key"])
    if not path.is_file():
        raise LocalError(f"{name}: its DefinitionUri {path} is not a file.")
    return path


def _definition(source: Path | None, properties: Mapping[str, Any]) -> str:
    if source:
        text = _json(source)
    else:
        text = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    substitutions = properties.get("DefinitionSubstitutions", {})
    return _SUBSTITUTION.sub(lambda match: as_text(substitutions.get(match[1], match[0])), text)


def _json(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".json":
            return _from_yaml(path, text)
        json.loads(text)
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise LocalError(f"{path} is not JSON: {error}.") from error
    return text


def _from_yaml(path: Path, text: str) -> str:
    import yaml

    try:
        return json.dumps(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise LocalError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
