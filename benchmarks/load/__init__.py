"""The local runner under load: what it takes, and how long its clients wait."""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.load import driving, tree
from benchmarks.load.application import application
from benchmarks.load.parts import PARTS
from demo.added_action import ROOT
from demo.runner_process import running

SHORT = [name for name in PARTS if name != "history"]
_QUOTA = "MostJobsPerTenant=100000"


def measure(name: str, functions: Path = ROOT / "functions") -> Iterator[tuple[str, Any]]:
    """Yield a part's rows as they come, on a runner of its own, then what its processes hold.

    `ready` is in seconds, `megabytes` counts shared pages once.
    """
    with tempfile.TemporaryDirectory() as folder:
        template = application(Path(folder) / "application", functions)
        begin = time.perf_counter()
        with running([_QUOTA], template) as runner:
            ready = time.perf_counter() - begin
            asyncio.run(driving.jobs(runner, 2, "load", None))  # its workers are warm
            for row in PARTS[name](runner):
                yield "row", row
            yield (
                "held",
                {
                    "ready": ready,
                    "megabytes": tree.memory(runner.pid) / 2**20,
                    "processes": len(list(tree.processes(runner.pid))),
                },
            )


os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")
