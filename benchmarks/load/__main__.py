"""Prints docs/performance.md's figures of the local runner. Each part runs on a runner of its own.

`python -m benchmarks.load [PART …]`; `--functions FOLDER` measures other functions than these.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from benchmarks.load import driving, tree
from benchmarks.load.application import ROOT, application
from demo.runner_process import Runner, running

_QUOTA = "MostJobsPerTenant=100000"


def jobs(runner: Runner) -> None:
    """1, 10 and 100 jobs at once, three times each."""
    for number in (1, 10, 100):
        for _ in range(10 if number == 1 else 3):
            _jobs(runner, number)


def many(runner: Runner) -> None:
    """1,000 jobs, a hundred at once."""
    for _ in range(10):
        _jobs(runner, 100)


def history(runner: Runner) -> None:
    """10,000 jobs, a hundred at once: the medians of the first and the last ten hundreds."""
    totals = [_jobs(runner, 100, quiet=number % 10 != 0) for number in range(100)]
    print(f"first ten hundreds {median(totals[:10]):.0f} ms, last ten {median(totals[-10:]):.0f} ms")


def waiting(runner: Runner) -> None:
    """100 jobs that wait for 2 s."""
    _jobs(runner, 100, "delay", {"seconds": 2})
    _jobs(runner, 100, "delay", {"seconds": 2})


def echo(runner: Runner) -> None:
    """Echoes over 100 connections for 10 s."""
    with _processor(runner) as spent:
        waits = asyncio.run(driving.echoes(runner, 100, 10))
    print(
        f"{len(waits) / 10:.0f} echoes/s, median {median(waits) * 1000:.1f} ms,"
        f" p99 {quantiles(waits, n=100)[98] * 1000:.1f} ms; processor {spent()}"
    )


def sockets(runner: Runner) -> None:
    """1,000 connections at once."""
    for _ in range(2):
        with _processor(runner) as spent:
            seconds = asyncio.run(driving.sockets(runner, 1000))
        print(f"1000 sockets open in {seconds:.2f} s; processor {spent()}", flush=True)


PARTS = {part.__name__: part for part in (jobs, many, waiting, echo, sockets, history)}


def _jobs(
    runner: Runner, number: int, action: str = "load", payload: object = None, *, quiet: bool = False
) -> float:
    with _processor(runner) as spent:
        waits = asyncio.run(driving.jobs(runner, number, action, payload))
    columns = (
        [each.acknowledgment for each in waits],
        [each.first for each in waits],
        [each.total for each in waits],
    )
    shown = "/".join(f"{median(column) * 1000:.0f}" for column in columns)
    last = max(columns[2]) * 1000
    if not quiet:
        print(f"{number:5} {action}: {shown} ms, last {last:.0f} ms; processor {spent()}", flush=True)
    return last


@contextmanager
def _processor(runner: Runner) -> Iterator[Callable[[], str]]:
    """Tell the milliseconds of processor that the runner's processes take meanwhile."""

    def read() -> dict[int, float]:
        return {pid: tree.seconds(pid) for pid in tree.processes(runner.pid)}

    before = read()
    after: dict[int, float] = {}

    def told() -> str:
        spent = {pid: (time - before.get(pid, 0)) * 1000 for pid, time in after.items()}
        own = spent.pop(runner.pid)
        others = sum(spent.values())
        return f"{own:.0f} ms the runner, {others:.0f} ms its {len(spent)} others"

    yield told
    after.update(read())


def main() -> None:
    """Run the parts that are named, or all but the longest."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--functions", type=Path, default=ROOT / "functions")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        template = application(Path(folder) / "application", given.functions)
        for name in given.parts or [name for name in PARTS if name != "history"]:
            begin = time.perf_counter()
            with running([_QUOTA], template) as runner:
                ready = time.perf_counter() - begin
                print(
                    f"{name}: {PARTS[name].__doc__} Ready in {ready:.2f} s (process {runner.pid}).",
                    flush=True,
                )
                asyncio.run(driving.jobs(runner, 2, "load", None))  # its workers are warm
                PARTS[name](runner)
                held = tree.memory(runner.pid) / 2**20
                print(f"the tree holds {held:.0f} MB in {len(list(tree.processes(runner.pid)))} processes")


os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")
main()
