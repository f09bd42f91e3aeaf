"""The code as it was when it last worked: what a function's new workers run while an edit of it is broken."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from streamer.local.aws_lambda.functions import Function
from streamer.local.state import written


class Kept:
    """Copies of code folders, below `folder`; a copy has what its folder had at the last `keep`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()  # workers start elsewhere
        self._copies: dict[Path, Path] = {}

    def keep(self, code: Iterable[Path]) -> None:
        """Copy these folders as they are now. Raises LocalError."""
        for folder in sorted(set(code)):
            copy = self._copies.setdefault(folder, self._folder / str(len(self._copies)))
            with written(self._folder):
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))

    def of(self, function: Function) -> Function:
        """Return the function with the code that was kept."""
        return replace(function, code=self._copies.get(function.code, function.code))

    def remove(self) -> None:
        """Delete the copies, if there are any of ours."""
        if self._copies:
            shutil.rmtree(self._folder, ignore_errors=True)
