"""What a process and its descendants take, as Linux counts it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def processes(root: int) -> Iterator[int]:
    """Yield the process ids of `root` and all of its descendants."""
    yield root
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        children = ""
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended since
            children = task.read_text()
        for child in children.split():
            yield from processes(int(child))


def seconds(pid: int) -> float:
    """Return the processor's time of a process, with that of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def memory(root: int) -> int:
    """Return the bytes that the tree holds: a page that several share is counted once (Pss)."""
    total = 0
    for pid in processes(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total
