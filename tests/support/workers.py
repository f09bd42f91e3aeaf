"""The local runner's worker processes, as Linux shows them."""

import re
from collections.abc import Iterator
from pathlib import Path

from demo.runner_process import Runner

PROC = Path("/proc")


def workers(runner: Runner, function: str = "") -> Iterator[tuple[int, str]]:
    """Yield each worker's process id and function, of those whose logical name begins with `function`."""
    for folder in PROC.iterdir():
        # Workers are the children of who forks them, and show their function's name and handler.
        if folder.name.isdigit() and _parent(PROC / str(_parent(folder))) == runner.pid:
            name = (folder / "cmdline").read_text().split(" ")[0]
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
