"""Byte code, where Python is told to keep none: without it everything is compiled anew in every process."""

import os
import sys

from streamer.local.caches import folder


def keep() -> None:
    """Keep byte code in the user's cache, for this process and its children, if it is kept nowhere else."""
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(folder("bytecode"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
