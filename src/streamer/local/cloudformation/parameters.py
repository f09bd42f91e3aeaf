"""A template's parameters, held to what their declarations say."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from streamer.local.errors import LocalError


def check(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]) -> None:
    """Raise LocalError that lists every value, given or default, that its declaration does not allow."""
    values = {name: each["Default"] for name, each in declared.items() if "Default" in each} | dict(given)
    faults = [
        f"{name}={values[name]}: {fault}"
        for name, declaration in declared.items()
        if name in values
        for fault in _faults(declaration, str(values[name]))
    ]
    if faults:
        raise LocalError(f"The template does not allow these parameters: {'; '.join(faults)}.")


def _faults(declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    allowed = declaration.get("AllowedValues")
    if allowed and value not in map(str, allowed):
        yield f"it must be one of {', '.join(map(str, allowed))}"
    if declaration.get("Type") == "Number":
        yield from _number_faults(declaration, value)
        return
    pattern = declaration.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        yield declaration.get("ConstraintDescription", f"it must match {pattern}")
    least, most = (declaration.get(f"{end}Length") for end in ("Min", "Max"))
    if least is not None and len(value) < int(least):
        yield f"it must have {least} characters at least"
    if most is not None and len(value) > int(most):
        yield f"it must have {most} characters at most"


def _number_faults(declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        yield "it must be a number"
        return
    if number < float(declaration.get("MinValue", -math.inf)):
        yield f"it must be {declaration['MinValue']} at least"
    if number > float(declaration.get("MaxValue", math.inf)):
        yield f"it must be {declaration['MaxValue']} at most"
