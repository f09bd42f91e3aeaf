"""The rows of a JSONL file, each checked before the engine reads them: it would not say which one is bad."""

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from progress import PermanentError, Progress
from steps.process_data.cells import kind_of_value, type_of

LONGEST_ROW = 256 * 1024  # bytes
DEEPEST = 100  # levels


def types_of_lines(path: Path, progress: Progress) -> dict[str, str]:
    """Return the keys of all rows' objects, in the order in which they came, and their SQL types.

    Raises:
        PermanentError: a row is no JSON object, or too long or deep.
        OutOfTime: the function's time is nearly over.
    """
    kinds, row = dict[str, int](), 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW + 1):
            if not line.isspace():
                row += 1
                for key, value in _checked(line, row).items():
                    kinds[key] = kinds.get(key, 0) | kind_of_value(value)
                if row % 10_000 == 0:
                    progress.check_time()
                    progress.report(0.5, f"Read {row:,} rows")
    return {key: type_of(each, "JSON") for key, each in kinds.items()}


def _checked(line: bytes, row: int) -> dict[str, Any]:
    if len(line) > LONGEST_ROW:
        _refuse(row, f"is over {LONGEST_ROW // 1024} KB")
    try:
        found = _decode(line.decode())
        if b"\\u" in line:
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no character
        if line.count(b"[") + line.count(b"{") > DEEPEST and _depth(found) > DEEPEST:
            raise RecursionError
    except ValueError:
        _refuse(row, "is not JSON")
    except RecursionError:
        _refuse(row, f"is nested over {DEEPEST} levels deep")
    if not isinstance(found, dict):
        _refuse(row, "is not a JSON object")
    return found


def _depth(value: Any) -> int:
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max(map(_depth, within), default=0) + isinstance(value, dict | list)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(made := dict(pairs)) < len(pairs):
        raise ValueError("a key is there twice")
    return made


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError("a number beyond all floats")
    return number


def _refuse(row: int, what: str) -> NoReturn:
    raise PermanentError(f"Row {row:,} of the source {what}.")


_decode = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_constant=_finite).decode
