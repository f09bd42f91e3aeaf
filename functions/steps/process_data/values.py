"""What expressions compute with: null, true and false, numbers, text, and lists or objects of JSON.

No operation raises for what it meets in the data: what makes no sense is null.
"""

import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Value = Any
NUMERIC = frozenset({int, float})  # exact classes, so that true and false are no numbers

LONGEST_NUMBER = 40  # characters of a cell; what is longer is text
LARGEST = 2**1024  # no float is larger, and no whole number may be
LONGEST_TEXT = 2_000  # characters that an expression may put together

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class TextTooLong(Exception):  # noqa: N818 - what happened
    """An expression would make a text over `LONGEST_TEXT`."""


def cell(text: str) -> Value:
    """Return what a CSV cell is in an expression.

    Null where it is empty, a number where it is written as in JSON, otherwise text: `007` is text.
    """
    return _cell(text) if len(text) <= LONGEST_NUMBER else text


@lru_cache(1 << 16)
def _cell(text: str) -> Value:
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    if found.group(1) is None and found.group(2) is None:
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else text


def text_of(value: Value) -> str | None:
    """Return a value as text: what is no text is written as in JSON; null stays null."""
    if value is None or value.__class__ is str:
        return value
    return json.dumps(value, ensure_ascii=False)


def number_of(value: Value) -> Value:
    """Return the number that a value is, or that its text is written as; otherwise null."""
    if value.__class__ is str:
        value = cell(value.strip())
    return value if value.__class__ in NUMERIC else None


def numeric(operation: Callable[..., Any]) -> Callable[..., Value]:
    """Return the operation on numbers: null for anything else, and for what has no finite result."""

    def apply(one: Value, *others: Value) -> Value:
        if one.__class__ not in NUMERIC:
            return None
        for other in others:
            if other.__class__ not in NUMERIC:
                return None
        try:
            result = operation(one, *others)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return result if -LARGEST < result < LARGEST else None  # neither holds for what is no number

    return apply


def equal(one: Value, other: Value) -> bool:
    """Whether two values are the same: 1 is 1.0, but neither true nor the text 1. Never null."""
    if one.__class__ is other.__class__ or (one.__class__ in NUMERIC and other.__class__ in NUMERIC):
        return bool(one == other)
    return False


def comparable(one: Value, other: Value) -> bool:
    """Whether two values have an order: both are numbers, or both are text."""
    if one.__class__ in NUMERIC:
        return other.__class__ in NUMERIC
    return one.__class__ is str and other.__class__ is str


def extreme(pick: Callable[..., Any]) -> Callable[..., Value]:
    """Return `min` or `max` of values that have an order; null where they have none."""

    def apply(*values: Value) -> Value:
        first = values[0]
        return pick(values) if all(comparable(first, value) for value in values) else None

    return apply


def affordable(length: int) -> None:
    """Check the length of a text before an expression makes it.

    Raises:
        TextTooLong: it is over `LONGEST_TEXT`.
    """
    if length > LONGEST_TEXT:
        raise TextTooLong
