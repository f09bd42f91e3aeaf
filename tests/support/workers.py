"""The local runner's worker processes, as Linux shows them."""

import re
from collections.abc import Iterator
from pathlib import Path

from demo.runner_process import Runner

PROC = Path("/proc")


def workers(runner: Runner, function: str = "") -> Iterator[tuple[int, str]]:
    """Yield each worker's process id and function, of those whose logical name begins with `function`."""
    for folder in PROC.iterdir():
        if folder.name.isdigit() and _parent(folder) == runner.pid:
            environment = dict(
                entry.split("=", 1) for entry in (folder / "environ").read_text().split("\0") if "=" in entry
            )
            name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
            if function in name:
                yield int(folder.name), name


def peak(pid: int) -> int:
    """Return the most memory that a process ever had resident, in bytes."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", (PROC / str(pid) / "status").read_text(), re.MULTILINE)
    assert found
    return int(found.group(1)) * 1024


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
