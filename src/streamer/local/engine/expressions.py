"""JSONata in moto's engine, which carries none, by jsonata-python.

moto 5.2.5 writes the values of variables into the text of each expression: their strings lose their escapes,
and every evaluation parses them anew, in 2 ms of which 0.05 would do. Here the text says `$x:=$_x;`, the
values are bound to it, and what was parsed is kept for the next one: see `tests/unit/local/engine`.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from threading import local
from typing import Any

from jsonata.jsonata import Jsonata
from jsonata.utils import Utils
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

_PREFIX = "moto.stepfunctions."
_MOST_TEXTS = 1000

_values = local()  # what this thread has declared last, by name
# Parsed and at rest: one is taken for each evaluation, for it has a state while it evaluates.
_parsed: defaultdict[str, list[Any]] = defaultdict(list)


def patch() -> None:
    """Put this in the place of moto's."""
    replace(moto_jsonata.eval_jsonata_expression, evaluate)
    replace(moto_jsonata.encode_jsonata_variable_declarations, declare_variables)
    # moto keeps the text of what was declared; here it has to be declared again, with its values.
    setattr(VariableStore, "get_variable_declarations", _declare_all)  # noqa: B010 - mypy


def replace(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Put `new` wherever moto has imported `old` by name."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_PREFIX) and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)


def evaluate(expression: str) -> Any:
    """Evaluate JSONata to plain data; raise what the engine reports as States.QueryEvaluationError.

    It sees the variables that this thread has declared.
    """
    try:
        at_rest = _parsed[expression]
        try:
            parsed = at_rest.pop()
        except IndexError:
            parsed = Jsonata(expression)
        Jsonata.CURRENT.jsonata = parsed  # as its making does: some functions look for it there
        found = parsed.evaluate(None, getattr(_values, "by_name", {}))
        at_rest.append(parsed)
        if len(_parsed) > _MOST_TEXTS:
            _parsed.clear()
        # The round trip sheds jsonata-python's own list type and refuses functions.
        return json.loads(json.dumps(found))
    except Exception as error:
        raise moto_jsonata.JSONataException("UNKNOWN", str(error)) from error


def declare_variables(bindings: Mapping[str, Any]) -> str:
    """Return JSONata that assigns each value to its `$name`; the values are kept for this thread."""
    by_name = _values.__dict__.setdefault("by_name", {})
    for name, value in bindings.items():
        by_name[f"_{name[1:]}"] = _json(value)
    return "".join(f"{name}:=$_{name[1:]};" for name in bindings)


def _declare_all(store: Any) -> str:
    scopes = {**store._outer_scope, **store._inner_scope}  # noqa: SLF001
    return declare_variables({f"${name}": value for name, value in scopes.items()})


def _json(value: Any) -> Any:
    """Return a copy of a value as JSONata takes it: Python's None would be nothing at all, not its null."""
    match value:
        case None:
            return Utils.NULL_VALUE
        case str() | bool():
            return value
        case int() | float():  # all numbers are floats there, and shown as integers where they are whole
            number = float(value)
            return int(number) if number.is_integer() else number
        case Mapping():
            return {name: _json(part) for name, part in value.items()}
        case list() | tuple():
            return [_json(part) for part in value]
        case _:
            return str(value)
