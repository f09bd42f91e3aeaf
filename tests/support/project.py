"""A copy of the project, for tests that change it."""

import shutil
from pathlib import Path

from tests.support.stack import ROOT

_FOLDERS = ("functions", "statemachines", "src", "tests", "demo", "scripts", "conformance", "benchmarks")
_FILES = ("template.yaml", "pyproject.toml", "README.md", "docs/iam.md")


def copy(folder: Path) -> Path:
    """Write what a newcomer works with to `folder`; return its template."""
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder / "template.yaml"


def texts(folder: Path) -> dict[str, str]:
    """Return every file of a folder by its path in it; folders without files as well."""
    return {
        str(path.relative_to(folder)): path.read_text(errors="replace") if path.is_file() else ""
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts
    }
