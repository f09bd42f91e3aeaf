"""The state machines' documents, for the tests of this folder."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonata.jsonata import Jsonata

from tests.support.stack import ROOT, template

MACHINES = sorted((ROOT / "statemachines").glob("*.asl.json"))
EXPRESSION = re.compile(r"^\{%(.*)%\}$", re.DOTALL)
machines = pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)


def load(path: Path) -> dict[str, Any]:
    """Return the machine, with the template's parameters at their defaults where it names them."""
    text = path.read_text()
    for name, parameter in parameters(path).items():
        text = text.replace(f"${{{name}}}", str(parameter["Default"]))
    document: dict[str, Any] = json.loads(text)
    return document


def parameters(path: Path) -> dict[str, dict[str, Any]]:
    """Return the template's parameters that are substituted in a machine."""
    declared, substitutions = template()["Parameters"], resource(path)["DefinitionSubstitutions"]
    return {name: declared[value["Ref"]] for name, value in substitutions.items() if value["Ref"] in declared}


def function_of(version: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of the function of a version: what machines call, and nothing else."""
    resources = template()["Resources"]
    found = resources[version["Ref"]]
    assert found["Type"] == "AWS::Lambda::Version"
    properties: dict[str, Any] = resources[found["Properties"]["FunctionName"]["Ref"]]["Properties"]
    return properties


def seconds(state: Mapping[str, Any], field: str) -> int:
    """Return a limit that is a number, or an expression of one."""
    value = state[field]
    expression = EXPRESSION.match(value) if isinstance(value, str) else None
    found = Jsonata(expression[1]).evaluate(None) if expression else value
    assert isinstance(found, int)
    return found


def scopes(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield machine
    for state in machine["States"].values():
        if state["Type"] == "Map":
            yield from scopes(state["ItemProcessor"])


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def resource(path: Path) -> dict[str, Any]:
    """Return the template's resource for a machine: translated, its definition is an object in S3."""
    (found,) = [
        each["Properties"]
        for each in template()["Resources"].values()
        if each["Type"] == "AWS::StepFunctions::StateMachine"
        and each["Properties"]["DefinitionS3Location"]["Key"].endswith(path.name)
    ]
    properties: dict[str, Any] = found
    return properties
