"""Tells which of an application's files change, by their times and sizes."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from pathlib import Path

_POLL_SECONDS = 0.5
_SETTLE_SECONDS = 0.1
_LARGEST_SHARE = 0.02  # of a processor, however many files there are
_UNWATCHED = {"__pycache__", "node_modules"}

Stamps = Mapping[Path, tuple[int, int, int]]


class Watch:
    """Watches the files that `paths` returns, and those under folders that it returns, from its making on."""

    def __init__(self, paths: Callable[[], Iterable[Path]]) -> None:
        self._paths, self._known = paths, stamps(paths())

    async def changes(self) -> AsyncGenerator[set[Path]]:
        """Yield the files that were changed, added or removed, again and again.

        A set is yielded when nothing has changed for a moment: files that are saved together come together.
        """
        while True:
            begin = time.monotonic()
            seen = await self._look()
            pause = max(_POLL_SECONDS, (time.monotonic() - begin) / _LARGEST_SHARE)
            if seen != self._known:
                old, new = self._known, await self._settled(seen)
                self._known = new
                yield {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
            await asyncio.sleep(pause)

    async def _settled(self, seen: Stamps) -> Stamps:
        while True:
            await asyncio.sleep(_SETTLE_SECONDS)
            again = await self._look()
            if again == seen:
                return seen
            seen = again

    async def _look(self) -> Stamps:
        return await asyncio.to_thread(stamps, self._paths())


def stamps(paths: Iterable[Path]) -> Stamps:
    """Return what tells each file's contents from others that it had."""
    found = {}
    for path in dict.fromkeys(paths):
        for file in _files(path):
            try:
                status = file.stat()
            except OSError:  # gone meanwhile
                continue
            found[file] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name not in _UNWATCHED and not name.startswith(".")]
        yield from (Path(folder, name) for name in names if not name.endswith((".pyc", "~", ".swp")))
