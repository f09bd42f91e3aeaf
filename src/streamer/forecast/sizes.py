"""How large the state becomes: what goes into each state of a path and what comes out, in bytes.

An upper bound: of a JSONata expression, everything that it mentions is counted whole.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from streamer.forecast import engine_facts as engine
from streamer.forecast.history import Path, Visit

_EXPRESSION = re.compile(r"^\{%(.*)%\}$", re.DOTALL)
_ALONE = re.compile(r"^\{%\s*(\$\w+(?:\.\w+)*)\s*%\}$")
_NAME = re.compile(r"\$\w+(?:\.\w+)*(?!\w*\()")
# Calls that make a number or a boolean of what they are given.
_SMALL = re.compile(r"\$(?:count|sum|max|min|average|length|exists|boolean|not|number)\([^()]*\)")
_LONGEST_NUMBER = 20

LARGEST_CAUSE = 32 * engine.KIB
LARGEST_ERROR = 256
_MAP_RUN = engine.KIB  # the ARN and the S3 address that a ResultWriter leaves


@dataclass(frozen=True)
class Sizes:
    """What is known of the data, in bytes: a step's `result`, an `item` of a Map that says nothing else."""

    payload: int
    metadata: int
    result: int
    last: int
    item: int
    cause: int

    @property
    def execution_input(self) -> int:
        """The bytes of the execution's input."""
        return engine.ENVELOPE + self.payload + self.metadata


def least(payload: int) -> Sizes:
    """Return what is certain: the payload, or its claim, and nothing in any result."""
    return Sizes(min(payload, engine.LARGEST_INLINE), 2, 2, 2, 2, 0)


def most(payload: int) -> Sizes:
    """Return what the engine lets pass at most."""
    inline = engine.LARGEST_INLINE
    given = payload if payload <= inline else engine.CLAIM
    return Sizes(given, engine.LARGEST_METADATA, inline, engine.LARGEST_RESULT, inline, LARGEST_CAUSE)


def largest(path: Path, sizes: Sizes) -> tuple[int, str]:
    """Return the bytes of the largest input or output on a path, and the state that has it."""
    given = sizes.execution_input
    found = [(given, path[0].name if path else ""), *_along(path, given, {}, sizes)]
    return max(found, key=lambda each: each[0])


# The bytes of a value; of an object that the machine makes, the bytes of each of its fields.
Shape = int | dict[str, "Shape"]


def total(shape: Shape) -> int:
    """Return the bytes of the whole."""
    if isinstance(shape, int):
        return shape
    return 2 + sum(len(json.dumps(name)) + 2 + total(each) for name, each in shape.items())


@dataclass(frozen=True)
class _Here:
    """What an expression in a state can mention."""

    sizes: Sizes
    variables: Mapping[str, Shape]
    given: Shape
    result: int = 0

    def shape(self, value: Any) -> Shape:
        """Return what a value is when its expressions are evaluated."""
        if isinstance(value, Mapping):
            return {str(name): self.shape(each) for name, each in value.items()}
        alone = _ALONE.match(value) if isinstance(value, str) else None
        return self._named(alone[1]) if alone else self.of(value)

    def of(self, value: Any) -> int:
        """Return the bytes of a value, its expressions evaluated."""
        if isinstance(value, Mapping):
            return total(self.shape(value))
        if isinstance(value, list):
            return 2 + sum(1 + self.of(each) for each in value)
        expression = _EXPRESSION.match(value) if isinstance(value, str) else None
        if not expression:
            return len(json.dumps(value))
        text, small = _SMALL.subn("", expression[1])
        names = _NAME.findall(text)
        literal = len(_NAME.sub("", text).strip())
        return literal + small * _LONGEST_NUMBER + sum(total(self._named(name)) for name in names)

    def _named(self, name: str) -> Shape:
        sizes, parts = self.sizes, name.split(".")
        match parts:
            case ["$states", "context", "Execution", "Input", "payload", *_]:
                return sizes.payload
            case ["$states", "context", "Execution", "Input", "metadata", *_]:
                return sizes.metadata
            case ["$states", "context"]:
                return sizes.execution_input + engine.CONTEXT
            case ["$states", "context", "Execution"] | ["$states", "context", "Execution", "Input"]:
                return sizes.execution_input
            case ["$states", "context", "Map", "Item", "Value", *_]:
                return sizes.item
            case ["$states", "context", *_]:
                return engine.ENVELOPE
            case ["$states", "input", *fields]:
                return _field(self.given, fields)
            case ["$states", "result", *_]:
                return self.result
            case ["$states", "errorOutput", "Error"]:
                return LARGEST_ERROR
            case ["$states", "errorOutput", *_]:
                return sizes.cause
            case _:
                return _field(self.variables.get(parts[0][1:], 0), parts[1:])


def _field(shape: Shape, names: list[str]) -> Shape:
    """Return a field's shape; where nothing is known of it, it may be all there is."""
    for name in names:
        shape = shape.get(name, 0) if isinstance(shape, dict) else shape
    return shape


def _along(
    path: Path, given: Shape, variables: Mapping[str, Shape], sizes: Sizes
) -> Iterator[tuple[int, str]]:
    """Yield the bytes into and out of every state of a path."""
    for number, visit in enumerate(path):
        state, here = visit.state, _Here(sizes, variables, given)
        yield here.of(state.get("Arguments", state.get("Items", {}))), visit.name
        inner = list(_inside(visit, here))
        yield from inner
        here = replace(here, result=_result(visit, here, inner))
        following = path[number + 1].name if number + 1 < len(path) else None
        given, assigned = _left(state, here, following)
        variables = {**variables, **assigned}
        yield total(given), visit.name


def _inside(visit: Visit, here: _Here) -> Iterator[tuple[int, str]]:
    if visit.kind == "Map":
        selected = visit.state.get("ItemSelector")
        item = here.sizes.item if selected is None else here.shape(selected)
        yield from _along(visit.inner, item, here.variables, here.sizes)
    elif visit.inner:
        yield from _along(visit.inner, here.given, here.variables, here.sizes)


def _result(visit: Visit, here: _Here, inner: list[tuple[int, str]]) -> int:
    match visit.kind:
        case "Task":
            part = visit.state.get("Arguments", {}).get("Payload", {})
            ends = isinstance(part, Mapping) and part.get("progress", {}).get("to") == 100
            return here.sizes.last if ends else here.sizes.result
        case "Map" if "ResultWriter" in visit.state:
            return _MAP_RUN
        case "Map":
            return 2 + visit.items * (inner[-1][0] + 1 if inner else here.sizes.item)
        case "Parallel":
            return 2 + sum(size for size, _ in inner)
        case _:
            return 0


def _left(state: Mapping[str, Any], here: _Here, following: str | None) -> tuple[Shape, dict[str, Shape]]:
    """Return a state's output, and the variables that it assigns."""
    passes: Mapping[str, Any] = state
    caught = [catch for catch in state.get("Catch", []) if catch["Next"] == following != state.get("Next")]
    if caught:
        passes = {"Output": "{% $states.errorOutput %}", **caught[0]}
    assigned = {name: here.shape(value) for name, value in passes.get("Assign", {}).items()}
    if "Output" in passes:
        return here.shape(passes["Output"]), assigned
    return here.result if state["Type"] in {"Task", "Map", "Parallel"} else here.given, assigned
