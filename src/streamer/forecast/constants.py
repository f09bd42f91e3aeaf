"""Numbers that a definition takes from the template's parameters: `"{% ${Seconds} %}"` and the like."""

import re
from collections.abc import Callable
from typing import Any

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
_NUMBER = re.compile(r"\{%\s*(?:(\d+)|\$number\(\s*'?(\d+)'?\s*\))\s*%\}")


def filled_in(value: Any, parameter: Callable[[str], Any]) -> Any:
    """Return a definition with the parameters' defaults in place of `${Name}`, and numbers as numbers.

    A substitution is taken for the parameter of its name; where there is none, it stays as it is.
    """
    if isinstance(value, dict):
        return {name: filled_in(each, parameter) for name, each in value.items()}
    if isinstance(value, list):
        return [filled_in(each, parameter) for each in value]
    if not isinstance(value, str):
        return value

    def default(match: re.Match[str]) -> str:
        found = parameter(match[1])
        return match[0] if found is None else str(found)

    text = _SUBSTITUTION.sub(default, value)
    number = _NUMBER.fullmatch(text)
    return int(number[1] or number[2]) if number else text
