"""The functions that expressions may call. All are pure; given null, all but `coalesce` return null."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from steps.process_data.values import Value, affordable, extreme, number_of, numeric, text_of


@dataclass(frozen=True)
class Function:
    """`takes` has a letter an argument: `t` is taken as text, `v` as the value that it is.

    The last may be left out down to `least`; `*` after it lets it come again.
    """

    call: Callable[..., Value]
    takes: str
    least: int
    of_null: bool = False

    @property
    def most(self) -> int | None:
        """How many arguments it takes at most; None says as many as there are."""
        return None if self.takes.endswith("*") else len(self.takes)

    def as_text(self, position: int) -> bool:
        """Whether the argument at `position` is taken as text."""
        letters = self.takes.rstrip("*")
        return letters[min(position, len(letters) - 1)] == "t"


def _substring(text: str, start: Value, length: Value = None) -> str | None:
    if start.__class__ is not int or start < 0:
        return None
    if length is None:
        return text[start:]
    return text[start : start + length] if length.__class__ is int and length >= 0 else None


def _round(number: Any, digits: Any = None) -> Any:
    if digits is None:
        return round(number)
    if digits.__class__ is not int or not -300 < digits < 300:
        raise ValueError
    return round(number, digits)


def _concat(*texts: str) -> str:
    affordable(sum(map(len, texts)))
    return "".join(texts)


def _replace(text: str, old: str, new: str) -> str:
    if not old:
        return text
    affordable(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


FUNCTIONS = {
    "abs": Function(numeric(abs), "v", 1),
    "ceil": Function(numeric(math.ceil), "v", 1),
    "coalesce": Function(_coalesce, "v*", 1, of_null=True),
    "concat": Function(_concat, "t*", 1),
    "contains": Function(lambda text, part: part in text, "tt", 2),
    "ends_with": Function(lambda text, part: text.endswith(part), "tt", 2),
    "floor": Function(numeric(math.floor), "v", 1),
    "length": Function(len, "t", 1),
    "lower": Function(lambda text: text.lower(), "t", 1),
    "max": Function(extreme(max), "v*", 1),
    "min": Function(extreme(min), "v*", 1),
    "number": Function(number_of, "v", 1),
    "replace": Function(_replace, "ttt", 3),
    "round": Function(numeric(_round), "vv", 1),
    "starts_with": Function(lambda text, part: text.startswith(part), "tt", 2),
    "substring": Function(_substring, "tvv", 2),
    "text": Function(text_of, "t", 1),
    "trim": Function(lambda text: text.strip(), "t", 1),
    "upper": Function(lambda text: text.upper(), "t", 1),
}
