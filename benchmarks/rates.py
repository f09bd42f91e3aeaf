"""Prints how many rows a second expressions and operators pass: the figures of decision 11, without S3.

`PYTHONPATH=functions python -m benchmarks.rates`
"""

import time
from collections.abc import Callable
from typing import Any

from demo import flights
from steps.process_data.closures import Place, compiled
from steps.process_data.expressions import parse
from steps.process_data.grouping import Groups
from steps.process_data.objects import encode
from steps.process_data.pipeline import Step
from steps.process_data.plan import Rowwise, plan
from steps.process_data.reading import Lines, batches, read_header
from steps.process_data.site import Column, Site

EXPRESSIONS = (
    "dep_delay > 15",
    "origin == 'JFK'",
    "dep_delay > 15 and origin in ['JFK', 'LGA']",
    "number(dep_delay) != null",
    "round(distance / air_time * 60, 1)",
    "concat(carrier, '-', flight)",
    "'late' if dep_delay > 15 else 'on time'",
)
STEPS: tuple[dict[str, Any], ...] = (
    {"select": ["carrier", "dest"]},
    {"aggregate": {"by": ["carrier", "dest"], "measures": {"n": "count()", "delay": "mean(dep_delay)"}}},
)


def main() -> None:
    """Measure each on a month of flights: the best of five runs, by the processor's time."""
    days = [body for _, body, _ in flights.partitions(flights.JANUARY)]
    body = days[0] + b"".join(day.partition(b"\n")[2] for day in days[1:])
    header = read_header(Lines([body]))
    rows = [row for batch in read(body, header) for row in batch]
    columns = [Column(name, raw=True) for name in header]
    places = {name: Place(at, raw=True) for at, name in enumerate(header)}

    show("read CSV", len(rows), lambda: [None for _ in read(body, header)])
    show("write as JSON", len(rows), lambda: [encode(row) for row in rows])
    for text in EXPRESSIONS:
        value = compiled(parse(text), places)
        show(text, len(rows), lambda value=value: [value(row) for row in rows])  # type: ignore[misc]
    for given in STEPS:
        step = Step.model_validate(given)

        def run(step: Step = step) -> None:
            if step.aggregate:
                Groups(Site(0, step, columns)).add(rows)
            else:
                Rowwise(plan([step], columns)[0], 0).run(rows)

        show(step.operator, len(rows), run)


def read(body: bytes, header: list[str]) -> Any:
    """Return the rows behind the header, in batches."""
    lines = Lines([body])
    read_header(lines)
    return batches(lines, "csv", header)


def show(name: str, rows: int, work: Callable[[], object]) -> None:
    """Print the rate of `work`, which passes so many rows."""
    best = float("inf")
    for _ in range(5):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    print(f"{name:50} {rows / best / 1e6:5.2f} million rows/s {best / rows * 1e6:5.2f} µs a row")


if __name__ == "__main__":
    main()
