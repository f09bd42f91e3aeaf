"""DBOS on SQLite."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.peers.starting.processes import Endpoint, bridge


@contextmanager
def dbos_sqlite() -> Iterator[Endpoint]:
    """Run the bridge, which is the engine too."""
    with tempfile.TemporaryDirectory() as folder, bridge("on_dbos.py", folder, folder) as endpoint:
        yield endpoint
