"""Print what tells a release from others: a digest of all that it is made of.

`python -m scripts.release_digest NAME=VALUE…`: the parameters that the deployment passes are part of it.
"""

import hashlib
import sys
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
MADE_OF = ("artefact", "functions", "layers", "statemachines", "template.yaml")


def digest(root: Path, parameters: list[str]) -> str:
    """Return 40 hexadecimal digits. Neither times nor byte code nor the parameters' order change them."""
    told = hashlib.sha256("\0".join(sorted(parameters)).encode())
    paths = [path for name in MADE_OF for path in (root / name, *(root / name).rglob("*")) if path.is_file()]
    for path in sorted(paths):
        if "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            told.update(f"\0{path.relative_to(root).as_posix()}\0{content}".encode())
    return told.hexdigest()[:40]


if __name__ == "__main__":
    click.echo(digest(ROOT, sys.argv[1:]))
