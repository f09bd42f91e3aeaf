"""The loads: each yields rows of figures, in milliseconds where nothing else is said."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

from benchmarks.load import driving, tree
from demo.runner_process import Runner

Row = dict[str, Any]


def jobs(runner: Runner) -> Iterator[Row]:
    """1, 10 and 100 jobs at once, some times each."""
    for number in (1, 10, 100):
        for _ in range(10 if number == 1 else 3):
            yield _jobs(runner, number)


def many(runner: Runner) -> Iterator[Row]:
    """1,000 jobs, a hundred at once."""
    for _ in range(10):
        yield _jobs(runner, 100)


def history(runner: Runner) -> Iterator[Row]:
    """10,000 jobs, a hundred at once: medians of the first and the last ten hundreds."""
    lasts = [_jobs(runner, 100)["last"] for _ in range(100)]
    yield {"what": "the first ten hundreds", "last": median(lasts[:10])}
    yield {"what": "the last ten hundreds", "last": median(lasts[-10:])}


def waiting(runner: Runner) -> Iterator[Row]:
    """100 jobs that wait for 2 s, twice."""
    for _ in range(2):
        yield _jobs(runner, 100, "delay", {"seconds": 2})


def echo(runner: Runner) -> Iterator[Row]:
    """Echoes over 100 connections for 10 s."""
    with _processor(runner) as spent:
        waits = asyncio.run(driving.echoes(runner, 100, 10))
    yield {
        "what": "echoes",
        "a_second": len(waits) / 10,
        "median": median(waits) * 1000,
        "p99": quantiles(waits, n=100)[98] * 1000,
        **{name: value / len(waits) for name, value in spent().items()},
    }


def sockets(runner: Runner) -> Iterator[Row]:
    """1,000 connections opened at once, twice: the second time while the first thousand say farewell."""
    for _ in range(2):
        with _processor(runner) as spent:
            seconds = asyncio.run(driving.sockets(runner, 1000))
        each = {name: value / 1000 for name, value in spent().items()}
        yield {"what": "sockets", "last": seconds * 1000, **each}


PARTS: dict[str, Callable[[Runner], Iterator[Row]]] = {
    part.__name__: part for part in (jobs, many, waiting, echo, sockets, history)
}


def _jobs(runner: Runner, number: int, action: str = "load", payload: object = None) -> Row:
    with _processor(runner) as spent:
        waits = asyncio.run(driving.jobs(runner, number, action, payload))
    return {
        "what": f"{number} {action}",
        "acknowledgment": median(each.acknowledgment for each in waits) * 1000,
        "first": median(each.first for each in waits) * 1000,
        "total": median(each.total for each in waits) * 1000,
        "last": max(each.total for each in waits) * 1000,
        **{name: value / number for name, value in spent().items()},
    }


@contextmanager
def _processor(runner: Runner) -> Iterator[Callable[[], dict[str, float]]]:
    """Tell the milliseconds of processor that the runner and its workers take meanwhile."""

    def read() -> dict[int, float]:
        return {pid: tree.seconds(pid) for pid in tree.processes(runner.pid)}

    before = read()
    after: dict[int, float] = {}

    def told() -> dict[str, float]:
        spent = {pid: (time - before.get(pid, 0)) * 1000 for pid, time in after.items()}
        return {"runner": spent.pop(runner.pid), "workers": sum(spent.values())}

    yield told
    after.update(read())
