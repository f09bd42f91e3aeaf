"""Measures, and writes docs/performance.md with docs/performance.json, of which it is made.

`PYTHONPATH=functions python -m benchmarks [PART …]`; the other parts stay as they were. Without a part it
takes all but `cold` and `history`, which take long, and `peers`, which installs what others made.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

from benchmarks import calls, growth, instructions, latency, load
from benchmarks.growth_picture import picture
from benchmarks.load.parts import PARTS as LOADS
from benchmarks.performance_page import page
from tests.support.imports import LIST

DATA = Path(__file__).parents[1] / "docs/performance.json"
PICTURE = DATA.parent / "images/growth.svg"
Row = dict[str, Any]


def report() -> Iterator[Row]:
    """Count the calls of a month's report."""
    for name, counted, pushed in calls.count():
        names = ", ".join(f"{number} {call}" for call, number in sorted(counted.items()))
        yield {"what": name, "frames": pushed, "calls": counted.total(), "these": names}


def imports() -> Iterator[Row]:
    """Count what each function imports, by the list that a test holds them to."""
    for line in LIST.read_text().splitlines():
        name, _, imported = line.partition(": ")
        packages = [each for each in imported.split() if each.startswith("[")]
        yield {"what": name, "ours": len(imported.split()) - len(packages), "packages": " ".join(packages)}


def waits() -> Iterator[Row]:
    """Measure how long one client waits, in milliseconds."""
    for name, samples in latency.measure():
        told = {"median": median(samples), "fastest": min(samples), "slowest": max(samples)}
        yield {"what": name, "samples": len(samples)} | {each: told[each] * 1000 for each in told}


def loaded(part: str) -> Callable[[], Iterator[Row]]:
    """Return what measures a part of `benchmarks.load`."""

    def rows() -> Iterator[Row]:
        for kind, row in load.measure(part):
            yield row if kind == "row" else {"what": "the tree", **row}

    return rows


def peers() -> Iterator[Row]:
    """Run the same job here and on others' engines."""
    from benchmarks.peers import comparing

    yield from comparing.measure()


PARTS: dict[str, Callable[[], Iterable[Row]]] = {
    "report": report,
    "growth": growth.grow,
    "imports": imports,
    "cold": instructions.measure,
    "waits": waits,
    **{part: loaded(part) for part in LOADS},
    "peers": peers,
}
LONG = {"cold", "history", "peers"}


def main() -> None:
    """Measure the parts that are named, keep what they give, and write the page anew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    for name in parser.parse_args().parts or [part for part in PARTS if part not in LONG]:
        before, rows = os.getloadavg()[0], []
        for row in PARTS[name]():
            print(name, *(f"{key}={_short(value)}" for key, value in row.items()), flush=True)
            rows.append({key: _short(value) for key, value in row.items()})
        kept: dict[str, Any] = json.loads(DATA.read_text()) if DATA.exists() else {}
        kept[name] = {
            "command": f"PYTHONPATH=functions python -m benchmarks {name}",
            "on": datetime.now(UTC).date().isoformat(),
            "processors": os.cpu_count(),
            "load_average_before": round(before, 1),
            "rows": rows,
        }
        DATA.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
        DATA.with_suffix(".md").write_text(page(kept))
        if "growth" in kept:
            PICTURE.write_text(picture(kept["growth"]["rows"]))


def _short(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


main()
