"""Imports handlers in a process of its own, and tells which of them cannot be, and where that is.

Started by path, with the functions as JSON on standard input: `[{"name", "handler", "environment"}]`, all of
one folder. Prints `[{"name", "place": [file, line], "error"}]` for those that fail.
"""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    """Try all functions in turn; shared modules are imported once."""
    os.nice(10)  # invocations are served meanwhile
    functions, folder = json.load(sys.stdin), str(Path.cwd())
    sys.path.insert(0, folder)
    # What modules print as they are imported is not the answer.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    faults = [fault for function in functions if (fault := attempt(function, folder))]
    json.dump(faults, answer)
    answer.close()
    os._exit(0)  # whatever threads a module has begun


def attempt(function: dict[str, Any], folder: str) -> dict[str, Any] | None:
    """Import one function's handler; return what is wrong with it."""
    os.environ.update(function["environment"])
    module, _, name = function["handler"].replace("/", ".").rpartition(".")
    try:
        getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:
        text = traceback.format_exception_only(error)[-1].strip()
        return {"name": function["name"], "place": place(error, folder), "error": text}
    return None


def place(error: BaseException, folder: str) -> tuple[str, int] | None:
    """Return the file and line of the user's code that an error comes from."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0
    frames = [
        (frame.filename, frame.lineno or 0)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(folder + os.sep)
    ]
    return frames[-1] if frames else None


if __name__ == "__main__":
    main()
