"""EventBridge's event patterns: exact values, nested objects, prefix, suffix, anything-but, exists.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from streamer.local.errors import LocalError

Pattern = Mapping[str, Any]

_TEXT_OPERATORS = {"prefix": str.startswith, "suffix": str.endswith}


def check(pattern: Any, where: str) -> None:
    """Raise LocalError that names `where` for a pattern that is malformed or asks for more than is known."""
    if not isinstance(pattern, dict) or not pattern:
        raise LocalError(f"{where}: an event pattern must be an object with fields, not {pattern!r}.")
    for field, wanted in pattern.items():
        if field.startswith("$"):
            raise LocalError(f"{where}: the pattern's operator {field} is not supported by the local runner.")
        if isinstance(wanted, list) and wanted:
            for choice in wanted:
                _check_choice(choice, f"{where}: {field}")
        else:
            check(wanted, f"{where}: {field}")


def matches(pattern: Pattern, event: Mapping[str, Any]) -> bool:
    """Say whether `event` has everything that `pattern`, a checked one, asks for."""
    return all(_field_matches(wanted, _values(event, field)) for field, wanted in pattern.items())


def _check_choice(choice: Any, where: str) -> None:
    if not isinstance(choice, dict | list):
        return
    operator, argument = next(iter(choice.items())) if isinstance(choice, dict) and choice else ("[]", None)
    known = (
        operator == "anything-but"
        or (operator in _TEXT_OPERATORS and isinstance(argument, str))
        or (operator == "exists" and isinstance(argument, bool))
    )
    if not known or len(choice) != 1:
        raise LocalError(f"{where}: {choice} in a pattern is not supported by the local runner.")
    if operator == "anything-but":
        if isinstance(argument, dict) and argument.keys() <= _TEXT_OPERATORS.keys():
            _check_choice(argument, where)
        elif isinstance(argument, dict) or argument == []:
            raise LocalError(f"{where}: {choice} in a pattern is not supported by the local runner.")


def _field_matches(wanted: Any, values: Sequence[Any]) -> bool:
    """Say whether one of the field's values will do; an absent field has none."""
    if isinstance(wanted, dict):
        # An absent object is an empty one: its fields may be wanted absent.
        objects = [value for value in values if isinstance(value, dict)] or [{}]
        return any(matches(wanted, value) for value in objects)
    return any(_choice_matches(choice, values) for choice in wanted)


def _choice_matches(choice: Any, values: Sequence[Any]) -> bool:
    if not isinstance(choice, dict):
        return any(_same(choice, value) for value in values)
    ((operator, argument),) = choice.items()
    if operator == "exists":
        # Only leaves count, as in EventBridge.
        return bool(argument == any(not isinstance(value, dict) for value in values))
    if operator == "anything-but":
        unwanted = argument if isinstance(argument, list) else [argument]
        return any(not _choice_is_one(unwanted, value) for value in values)
    test = _TEXT_OPERATORS[operator]
    return any(isinstance(value, str) and test(value, argument) for value in values)


def _choice_is_one(choices: Sequence[Any], value: Any) -> bool:
    return any(_choice_matches(choice, [value]) for choice in choices)


def _same(wanted: Any, value: Any) -> bool:
    # Python's True is 1.
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)


def _values(event: Mapping[str, Any], field: str) -> Sequence[Any]:
    if field not in event:
        return ()
    value = event[field]
    return value if isinstance(value, list) else (value,)
