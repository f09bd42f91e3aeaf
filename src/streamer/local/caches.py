"""The user's cache: what can be made again, but not quickly. Nobody else may read it."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_MOST_FILES = 32


def folder(name: str) -> Path:
    """Return a folder of the cache, `$XDG_CACHE_HOME/streamer/NAME`; it need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamer" / name


def kept(kind: str, key: str, make: Callable[[], str]) -> str:
    """Return the text that was made for `key` before; or make it, and keep it beside some of the last."""
    file = folder(kind) / key
    with suppress(OSError):
        return file.read_text()
    text = make()
    with suppress(OSError):  # full, or read-only: then it is made again
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{key}.{uuid4().hex}")
        draft.write_text(text)
        draft.replace(file)  # whoever reads it never reads half of it
        for old in sorted(file.parent.iterdir(), key=lambda each: each.stat().st_mtime)[:-_MOST_FILES]:
            old.unlink(missing_ok=True)
    return text
