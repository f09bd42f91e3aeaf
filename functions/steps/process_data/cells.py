"""What cells are: a column has the least type that holds all of its own."""

import math
import re
from functools import lru_cache
from typing import Any

from sql.database import quoted, text

MISFIT = "not of its column's type: "
_INTEGER, _LONG, _NUMBER, _TEXT, _BOOLEAN, _OTHER, _MISSING = (1 << bit for bit in range(7))
_WORDS = ("NA", "N/A", "NaN", "nan", "NULL", "null")  # for what is missing, among numbers
_WRITTEN = {  # as JSON writes numbers, so that 007 is text
    "BIGINT": "-?(0|[1-9][0-9]{0,17})",
    "HUGEINT": "-?(0|[1-9][0-9]{0,37})",
    "DOUBLE": "-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]{1,3})?",
}
_KINDS = dict(zip((_INTEGER, _LONG, _NUMBER), map(re.compile, _WRITTEN.values()), strict=True))


@lru_cache(1 << 16)
def kind_of_cell(cell: str) -> int:
    """Return the kind of a CSV cell, as a bit; 0 where it is empty."""
    if not cell or cell in _WORDS:
        return _MISSING if cell else 0
    kind = next((kind for kind, written in _KINDS.items() if written.fullmatch(cell)), _TEXT)
    # Of over 38 digits, or beyond all floats: no number holds it.
    none = kind == _NUMBER and (cell.lstrip("-").isdigit() or not math.isfinite(float(cell)))
    return _TEXT if none else kind


def kind_of_value(value: Any) -> int:
    """Return the kind of a value of JSON, as a bit; 0 for null."""
    if isinstance(value, str):
        return _TEXT
    if value is None or isinstance(value, bool):
        return 0 if value is None else _BOOLEAN
    if isinstance(value, int):
        return _INTEGER if abs(value) < 10**18 else _LONG if abs(value) < 10**38 else _OTHER
    return _NUMBER if isinstance(value, float) and math.isfinite(value) else _OTHER


def type_of(kinds: int, mixed: str = "VARCHAR") -> str:
    """Return the SQL type of a column with cells of these kinds; `mixed` holds all."""
    if not (found := kinds & ~_MISSING):
        return "VARCHAR" if kinds else "BIGINT"  # a column without any cell
    for kind, name in zip((_INTEGER, _LONG, _NUMBER), _WRITTEN, strict=True):
        if found < 2 * kind:
            return name
    return {_TEXT: "VARCHAR", _BOOLEAN: "BOOLEAN"}.get(found, mixed)


def read_cell(name: str, kind: str) -> str:
    """Return the SQL of a CSV cell as a value of its type; a cell that is no such value ends the query."""
    cell = quoted(name)
    if kind not in _WRITTEN:
        return cell
    is_one = f"WHEN regexp_full_match({cell}, {text(_WRITTEN[kind])}) THEN CAST({cell} AS {kind})"
    # What ends the query is a function of the cell alone, so that only cells that are needed are looked at.
    misfit = f"CAST(concat({text(MISFIT)}, {cell}) AS {kind})"
    is_other = f"WHEN NOT regexp_full_match({cell}, {text('|'.join(_WORDS))}) THEN {misfit}"
    return f"CASE {is_one} {is_other} END AS {cell}"
