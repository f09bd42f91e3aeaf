"""The runner's folder: its key, and while it runs, its addresses. One runner at a time owns it."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from streamer.local.errors import LocalError


class StateFolder:
    """The folder at `path`. `take` it first; who has not taken it changes nothing there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dev_file = path / "dev.json"
        self._lock: TextIO | None = None
        self._published = False

    def take(self) -> None:
        """Own the folder until `release`, or the end of the process, whatever that is.

        Raises LocalError where another runner owns it, naming it, and where nothing can be written.
        """
        with written(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.fdopen(os.open(self.path / "runner.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with lock:
                raise LocalError(self._who(lock.read().strip())) from None
        with written(self.path):
            lock.truncate()
            lock.write(f"{os.getpid()}\n")
            lock.flush()
        self._lock = lock

    def publish(self, addresses: Mapping[str, Any]) -> None:
        """Write the addresses for whoever looks for the runner. Raises LocalError."""
        write_private(self.dev_file, json.dumps(addresses, indent=2))
        self._published = True

    def withdraw(self) -> None:
        """Remove the addresses that this runner has written; never another's."""
        if self._published:
            self.dev_file.unlink(missing_ok=True)
        self._published = False

    def release(self) -> None:
        """Own the folder no more."""
        if self._lock:
            self._lock.close()
        self._lock = None

    def _who(self, pid: str) -> str:
        """Return who owns the folder, and what to do."""
        try:
            where = f"serves {json.loads(self.dev_file.read_text())['ws_url']}"
        except (OSError, ValueError, KeyError):
            where = "is starting"
        return (
            f"A runner, process {pid or 'unknown'}, {where} and owns {self.path}. "
            "Use it, end it, or give this one a folder of its own with --state-dir."
        )


def write_private(path: Path, text: str) -> None:
    """Write a file that is at no moment readable by others, nor half of it by anybody. Raises LocalError."""
    draft = path.with_name(f"{path.name}.draft")
    with written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
            draft.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """Say in one line that `path` could not be written: a folder that is not ours, a disk that is full."""
    try:
        yield
    except OSError as error:
        raise LocalError(
            f"{path} cannot be written: {error.strerror}. Choose another folder with --state-dir."
        ) from error
