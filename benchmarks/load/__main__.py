"""Prints what the local runner takes under load, and writes nothing; see `python -m benchmarks`.

`python -m benchmarks.load [PART …]`; `--functions FOLDER` measures other functions than these.
"""

import argparse
from pathlib import Path
from typing import Any

from benchmarks.load import SHORT, measure
from benchmarks.load.parts import PARTS
from demo.added_action import ROOT


def main() -> None:
    """Run the parts that are named, or all but the longest."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--functions", type=Path, default=ROOT / "functions")
    given = parser.parse_args()
    for name in given.parts or SHORT:
        print(f"{name}: {PARTS[name].__doc__}", flush=True)
        for _, row in measure(name, given.functions):
            print("  " + ", ".join(map(_told, row, row.values())), flush=True)


def _told(name: str, value: Any) -> str:
    return value if name == "what" else f"{name} {value:,.2f}" if value < 10 else f"{name} {value:,.0f}"


if __name__ == "__main__":
    main()
