"""The project in a folder, as its files declare it: the template, the state machines, the actions.

Nothing is transformed and nothing of the project's is imported before `actions` is asked for.
"""

import importlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from router.registry import Action, Registry

LAMBDA_SECONDS, LAMBDA_MEGABYTES = 3, 128  # what AWS gives where a template says nothing


_NAMED = re.compile(r"\$\{AWS::StackName\}-(.+)")


class ProjectError(Exception):
    """The project cannot be read as it is; the message says what to put right, in one line."""


@dataclass(frozen=True)
class Function:
    """A Lambda function of the template: its timeout in seconds, its memory in MB."""

    name: str
    handler: str
    timeout: float
    memory: int


@dataclass(frozen=True)
class Machine:
    """A state machine: its definition, and which function stands for each `${Name}` in it."""

    action: str
    path: Path
    definition: Mapping[str, Any]
    functions: Mapping[str, Function]


class Project:
    """A template and what it points at. Relative paths are the template's neighbours, as for SAM."""

    def __init__(self, path: Path, template: Mapping[str, Any]) -> None:
        self.path, self.template = path, template

    @cached_property
    def actions(self) -> "Registry":
        """The registry of `actions.py` in the functions' folder, imported here and now.

        One project a process: its folder goes to the front of `sys.path`, and its modules stay.

        Raises:
            ProjectError: there is no such file, it cannot be imported, or it has no `actions`.
        """
        folder = (self.path.parent / _globals(self.template).get("CodeUri", "functions/")).resolve()
        file = folder / "actions.py"
        if not file.is_file():
            raise ProjectError(f"There is no {file}, where actions are registered.")
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        try:
            registry: Registry = importlib.import_module("actions").actions
        except ModuleNotFoundError as missing:
            hint = "; the functions' packages must be installed here too" if missing.name else ""
            raise ProjectError(f"{file} cannot be imported: {missing}{hint}.") from missing
        except Exception as error:  # it is the user's code
            raise ProjectError(f"{file} cannot be imported: {type(error).__name__}: {error}") from error
        return registry

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The Lambda functions by logical id, Globals included."""
        common = _globals(self.template)
        found = {}
        for name, given in _resources(self.template, "AWS::Serverless::Function"):
            properties = {**common, **given}
            found[name] = Function(
                name=name,
                handler=str(properties.get("Handler", "")),
                timeout=float(properties.get("Timeout", LAMBDA_SECONDS)),
                memory=int(properties.get("MemorySize", LAMBDA_MEGABYTES)),
            )
        return found

    @cached_property
    def machines(self) -> dict[str, Machine]:
        """The state machines by action: the one with the Name `${AWS::StackName}-<action>` runs it.

        Raises:
            ProjectError: a definition is missing or is not JSON.
        """
        found = {}
        for _, properties in _resources(self.template, "AWS::Serverless::StateMachine"):
            named = _NAMED.fullmatch(_sub(properties.get("Name")))
            if named and isinstance(properties.get("DefinitionUri"), str):
                path = self.path.parent / properties["DefinitionUri"]
                found[named[1]] = Machine(named[1], path, _read(path), self._substituted(properties))
        return found

    @property
    def api(self) -> Mapping[str, Any]:
        """The WebSocket API's properties; empty where there is none."""
        apis = _resources(self.template, "AWS::Serverless::WebSocketApi")
        return apis[0][1] if apis else {}

    @property
    def router(self) -> Function | None:
        """The function behind the API's `$default` route: it takes every request."""
        route = self.api.get("Routes", {}).get("$default", {})
        return self.functions.get(_target(route.get("FunctionArn")))

    def action(self, name: str) -> "Action":
        """Return the action of that name. Raises ProjectError, listing what there is."""
        found = self.actions.get(name)
        if found is None:
            raise ProjectError(f"There is no action {name!r}. There are: {', '.join(self.actions)}.")
        return found

    def check(self, action: str, payload: Any) -> Any:
        """Return the payload as the action's model; for None its example is taken, where the model has one.

        Raises:
            ProjectError: there is no such action, or the payload does not fit; with all faults.
        """
        model = self.action(action).payload
        if payload is None:
            schema = model.json_schema()
            payload = next(iter(schema.get("examples", [])), {} if schema.get("type") == "object" else None)
        try:
            return model.validate_python(payload)
        except ValueError as error:  # pydantic's, which only the project imports
            faults: list[Any] = getattr(error, "errors", list)()
            told = [f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in faults]
            raise ProjectError(f"The payload of {action} does not fit: {'; '.join(told) or error}") from error

    def parameter(self, name: str) -> Any:
        """Return a template parameter's default, or None where there is none."""
        return self.template.get("Parameters", {}).get(name, {}).get("Default")

    def _substituted(self, properties: Mapping[str, Any]) -> dict[str, Function]:
        """Return the functions among a machine's DefinitionSubstitutions."""
        given = properties.get("DefinitionSubstitutions", {})
        named = {key: _target(value) for key, value in given.items()}
        return {key: self.functions[name] for key, name in named.items() if name in self.functions}


def load(template: Path) -> Project:
    """Return the project that the SAM template at `template` declares.

    Raises:
        ProjectError: there is no template, or it is not YAML.
        ModuleNotFoundError: the local runner's packages, which read templates, are not installed.
    """
    from samtranslator.yaml_helper import yaml_parse

    if not template.is_file():
        raise ProjectError(f"There is no template at {template}. Name one, or start where template.yaml is.")
    try:
        document = yaml_parse(template.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]
    except Exception as error:  # yaml has many
        raise ProjectError(f"{template} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise ProjectError(f"{template} is no template: it has no Resources.")
    return Project(template, document)


def _globals(template: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = template.get("Globals", {}).get("Function", {})
    return found


def _resources(template: Mapping[str, Any], kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    resources = template.get("Resources", {}).items()
    return [(name, each.get("Properties", {})) for name, each in resources if each.get("Type") == kind]


def _target(value: Any) -> str:
    """Return the logical id that `!GetAtt X.Arn` or `!Ref X` names; "" for anything else."""
    if not isinstance(value, dict):
        return ""
    found = value.get("Fn::GetAtt") or value.get("Ref") or ""
    return str(found[0]) if isinstance(found, list) else str(found).split(".")[0]


def _sub(value: Any) -> str:
    """Return the text of `!Sub text`; "" for anything else."""
    text = value.get("Fn::Sub") if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""


def _read(path: Path) -> Mapping[str, Any]:
    try:
        definition: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ProjectError(f"{path} is not JSON: {error}") from error
    return definition
