"""This repository's runner."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load.application import application
from demo.runner_process import Runner, running


@contextmanager
def ours() -> Iterator[Runner]:
    """Run `streamer dev` with the job as one more action."""
    with tempfile.TemporaryDirectory() as folder:
        template = application(Path(folder) / "application")
        with running(["MostJobsPerTenant=100000"], template) as runner:
            yield runner
