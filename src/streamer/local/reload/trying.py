"""Finds out whether functions can be imported as they are now, before anybody depends on it."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from streamer.local.aws_lambda.functions import Function, environment

_TRIAL = str(Path(__file__).with_name("trial.py"))
_SECONDS = 60


@dataclass(frozen=True)
class Fault:
    """Why a function cannot be imported; `place` is the user's file and line, where it is known."""

    function: str
    place: str
    error: str


def faults_of(functions: Sequence[Function], endpoint_url: str) -> list[Fault]:
    """Return what is wrong with functions; one that can be imported has no fault."""
    by_folder = groupby(sorted(functions, key=lambda each: each.code), lambda each: each.code)
    return [fault for folder, own in by_folder for fault in _try(folder, list(own), endpoint_url)]


def forget_compiled(paths: Iterable[Path]) -> None:
    """Remove the byte code of changed files: Python takes it for current within the same second."""
    for path in paths:
        if path.suffix == ".py":
            Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def _try(folder: Path, functions: Sequence[Function], endpoint_url: str) -> list[Fault]:
    given = [
        {"name": each.name, "handler": each.handler, "environment": environment(each, endpoint_url, "")}
        for each in functions
    ]
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-P", _TRIAL],
            input=json.dumps(given),
            env=environment(functions[0], endpoint_url, ""),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        answered = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        return [Fault(each.name, "", f"it cannot be imported: {error}") for each in functions]
    return [Fault(each["name"], _shown(each["place"]), each["error"]) for each in answered]


def _shown(place: Sequence[str | int] | None) -> str:
    """Return a place as editors take it, from the folder that the user is in."""
    return f"{from_here(Path(str(place[0])))}:{place[1]}" if place else ""


def from_here(path: Path) -> str:
    """Return a path as short as it can be said in the current folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
