"""Prints the figures of docs/benchmarks.md."""

import os
import statistics

from rich.console import Console
from rich.table import Table

os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

from benchmarks.calls import count
from benchmarks.latency import measure

# The figures that issue 2 asks for, in seconds.
TARGETS = {
    "echo, round trip": 0.05,
    "report: acknowledgment": 0.1,
    "report: first progress": 1.0,
}


def main() -> None:
    """Count calls, then measure waits."""
    console = Console()
    calls = Table(
        "part", "frames pushed", "calls", "of these", title="AWS calls for a report of a month (exact)"
    )
    for name, counted, pushed in count():
        names = ", ".join(f"{number} {call}" for call, number in sorted(counted.items()))
        calls.add_row(name, str(pushed), str(counted.total()), names)
    console.print(calls)
    waits = Table("wait", "samples", "median", "fastest", "slowest", "target", title="Local waits, warm (ms)")
    for name, samples in measure():
        figures = [
            f"{value * 1000:.1f}" for value in (statistics.median(samples), min(samples), max(samples))
        ]
        target = f"{TARGETS[name] * 1000:.0f}" if name in TARGETS else ""
        waits.add_row(name, str(len(samples)), *figures, target)
    console.print(waits)


main()
