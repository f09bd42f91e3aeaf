"""Prints what a stage pays for its reports: the figures of decision 15. Tables answer as DynamoDB does.

`PYTHONPATH=functions python -m benchmarks.beside`
"""

import logging
import os
import statistics
import time
from collections.abc import Callable

from botocore.exceptions import ReadTimeoutError

from progress import Progress, step
from tests.faults.crowd import crowd
from tests.support.steps import LambdaContext, claim_in, event

REPORTS, ROUNDS, ITEM_SECONDS = 1000, 5, 0.002
PUSH_SECONDS = 3.0
FOLLOWERS = {"c1", "c2"}


def main() -> None:
    """Measure a loop alone, with reports, and with reports whose pushes hang; medians of interleaved runs."""
    logging.disable(logging.CRITICAL)
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"  # they are written, and not to be read here
    loops: dict[str, Callable[[], tuple[float, list[float]]]] = {
        "no reports": lambda: _run(reports=False, hangs=False),
        "reports": lambda: _run(reports=True, hangs=False),
        "reports, pushes of 3 s": lambda: _run(reports=True, hangs=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    calls: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, run in loops.items():
            took, each = run()
            seconds[name].append(took)
            calls[name] += each
    alone = statistics.median(seconds["no reports"])
    for name in loops:
        took = statistics.median(seconds[name])
        each = sorted(calls[name]) or [0.0]
        told = " ".join(f"{each[int(len(each) * part) - 1] * 1e6:6.1f}" for part in (0.5, 0.99, 1))
        print(f"{name:25} {took:6.3f} s  x{took / alone:5.3f}  report() median, p99, slowest: {told} µs")


def _run(*, reports: bool, hangs: bool) -> tuple[float, list[float]]:
    """Return how long a loop of 1,000 items of 2 ms took inside a stage, and each of its reports."""
    took: list[float] = []
    each: list[float] = []

    def work(progress: Progress) -> None:
        begin = time.perf_counter()
        for number in range(REPORTS):
            until = time.perf_counter() + ITEM_SECONDS
            if reports:
                before = time.perf_counter()
                progress.report(number / REPORTS, "working")
                each.append(time.perf_counter() - before)
            while time.perf_counter() < until - ITEM_SECONDS / 2:
                pass  # half of it computes, half of it waits
            time.sleep(max(until - time.perf_counter(), 0))
        took.append(time.perf_counter() - begin)

    def hang(connection: str) -> None:
        time.sleep(PUSH_SECONDS)
        raise ReadTimeoutError(endpoint_url=connection)

    with crowd() as edge:
        claim_in(edge.jobs, "r1", FOLLOWERS)
        if hangs:
            edge.post = hang
        step(work)(event("r1"), LambdaContext())
    return took[0], each


if __name__ == "__main__":
    main()
