"""`python -m tests.faults.soak 20000`: many schedules, on all cores; exits 1 with the seeds that fail.

`python -m tests.faults.soak --seed 7` plays one again, with its traceback.
"""

import argparse
import os
import random
import sys
import traceback
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from tests.faults.invariants import Figures, check, figures
from tests.faults.story import Story, from_seed

CHUNK = 250
MOST_FAULTS = 60
MOST_SHOWN = 20


def play(seed: int, most: int = MOST_FAULTS) -> Figures:
    """Play one schedule; return its figures. Raises AssertionError, with how to play it again."""
    try:
        story = Story(*from_seed(seed, most)).run()
        check(story)
    except Exception as error:
        again = f"python -m tests.faults.soak --seed {seed} --faults {most}"
        raise AssertionError(f"{error}\nPlay it again: {again}") from error
    return figures(story)


def play_all(seeds: Iterable[int], most: int) -> tuple[Figures, dict[int, str]]:
    """Play many; return their figures and, by seed, what failed."""
    total, failures = Figures(), dict[int, str]()
    for seed in seeds:
        try:
            total.add(play(seed, most))
        except AssertionError:
            failures[seed] = traceback.format_exc(limit=-1)
    return total, failures


def main() -> int:
    """Play as many as asked for, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schedules", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, help="play this one only")
    parser.add_argument("--faults", type=int, default=MOST_FAULTS, help="at most so many in a schedule")
    given = parser.parse_args()
    console = Console()
    if given.seed is not None:
        console.print(vars(play(given.seed, given.faults)))
        return 0
    first = random.randrange(2**31)
    total, failures = _soak(range(first, first + given.schedules), given.faults, console)
    _print(total, first, console)
    for seed, text in list(failures.items())[:MOST_SHOWN]:
        console.print(f"[red]seed {seed}[/red]\n{text}", highlight=False)
    if failures:
        console.print(f"[red]{len(failures)} failed[/red]: {' '.join(map(str, failures))}")
    return 1 if failures or total.lost or total.duplicated or total.out_of_order else 0


def _soak(seeds: range, most: int, console: Console) -> tuple[Figures, dict[int, str]]:
    total, failures = Figures(), dict[int, str]()
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        ProcessPoolExecutor(os.cpu_count(), initializer=_hush) as pool,
        Progress(*columns, console=console) as bar,
    ):
        task = bar.add_task("schedules", total=len(seeds))
        chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
        for done in as_completed([pool.submit(play_all, chunk, most) for chunk in chunks]):
            counted, failed = done.result()
            total.add(counted)
            failures |= failed
            bar.advance(task, counted.schedules + len(failed))
    return total, failures


def _hush() -> None:
    """Metrics are lines on the standard output."""
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for the worker's life


def _print(total: Figures, first: int, console: Console) -> None:
    table = Table("what", "count", title=f"Schedules from seed {first}")
    table.columns[1].justify = "right"
    for name, value in vars(total).items():
        if name == "ends":
            for code, count in sorted(total.ends.items()):
                table.add_row(f"  ended {code}", f"{count:,}")
        else:
            table.add_row(name.replace("_", " "), f"{value:,}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
