"""A result's file, from its link to the disk."""

import contextlib
import shutil
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from rich.console import Console
from rich.progress import wrap_file

from streamer.client.frames import ServerFrame
from streamer.commands.arguments import Failed
from streamer.filelinks import links_in
from streamer.printable import printable

LONG_BYTES = 4 * 1024 * 1024
_ANSWER_SECONDS = 30


def download(last: ServerFrame, path: Path, console: Console) -> None:
    """Bring the file of a request's last frame to `path`, under a bar if it is long.

    What stood there is replaced when the file is whole. Raises Failed.
    """
    links = list(links_in(last.get("data", last.get("result"))).values())
    if len(links) != 1:
        raise Failed(f"{'no' if not links else 'more than one'} file in the result; {path} is not written")
    draft = path.with_name(f"{path.name}.part")
    try:
        size = _fetch(links[0], draft, console)
        draft.replace(path)
    except HTTPError as error:
        reason = "its link has expired" if error.code == 403 else f"status {error.code}"
        raise Failed(f"the result's file cannot be downloaded: {reason}", 3) from error
    except (OSError, HTTPException) as error:
        raise Failed(f"the result's file cannot be downloaded to {path}: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    console.print(f"{printable(str(path))}: {size:,} bytes", markup=False, highlight=False, soft_wrap=True)


def _fetch(url: str, path: Path, console: Console) -> int:
    """Copy what is at `url` into a file; return its size in bytes."""
    with urlopen(url, timeout=_ANSWER_SECONDS) as answer, path.open("wb") as file:  # noqa: S310 - http(s)
        size = int(answer.headers.get("Content-Length") or 0)
        if size < LONG_BYTES or not console.is_terminal:
            shutil.copyfileobj(answer, file)
        else:
            with wrap_file(answer, size, description="downloading", console=console, transient=True) as read:
                shutil.copyfileobj(read, file)
        if size and file.tell() != size:
            raise HTTPException(f"{file.tell():,} of {size:,} bytes came")
        return file.tell()
