"""How many processors are wanted: where all are, more workers do not help."""

from contextlib import suppress
from time import monotonic, process_time


class Gauge:
    """How much of its time a process runs, or waits for a processor to run on; without `pid` this one.

    Linux tells of a process's first thread; where nobody does, it is taken for one that waits for else.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._path, self._own = f"/proc/{pid or 'self'}/schedstat", pid is None
        self._at, self._wanted = monotonic(), self._read()

    def share(self) -> float:
        """Return the share since the last look: 0 for a sleeper, 1 for one that always works."""
        now, wanted = monotonic(), self._read()
        share = (wanted - self._wanted) / max(now - self._at, 0.001)
        self._at, self._wanted = now, wanted
        return share

    def _read(self) -> float:
        with suppress(OSError, ValueError):
            with open(self._path, "rb") as file:  # noqa: PTH123 - often, and Path is slow
                running, waiting, _ = map(int, file.read().split())
            return (process_time() if self._own else running / 1e9) + waiting / 1e9
        return 0.0
