"""What `streamer forecast` says of a job like that of a row. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from streamer.console.run.job_items import Item, given
from streamer.console.run.layout import function_of
from streamer.console.run.shape import inside
from streamer.forecast import engine_facts, forecasting
from streamer.forecast.constants import filled_in
from streamer.forecast.dollars import JOBS
from streamer.forecast.findings import broken
from streamer.forecast.growth import Declared
from streamer.forecast.results import Given
from streamer.forecast.traffic import Assumed
from streamer.project import Function, Machine

# Of S3 nothing is counted that the engine does there, so nothing of it is expected either.
SERVICES = ("Step Functions", "Lambda", "DynamoDB", "API Gateway")

Known = Callable[[str], Function | None]
Range = tuple[float, float]


def calls(block: Mapping[str, Any], known: Known) -> Iterator[tuple[str, tuple[str, Function | None]]]:
    """Yield the states that call a Lambda function: name, how the definition names it, the function."""
    for name, state in block["States"].items():
        if function := function_of(state):
            arguments = state.get("Arguments", {})
            yield name, (str(arguments.get("FunctionName", state["Resource"])), known(function))
        for inner in inside(state):
            yield from calls(inner, known)


def assumed(row: Item) -> Assumed:
    """Return the size of a job's payload, and how many follow it."""
    payload = given(row).get("payload")
    claimed = isinstance(payload, dict) and payload.keys() == {"$claim"}
    size = engine_facts.LARGEST_INLINE + 1 if claimed else len(json.dumps(payload))
    return Assumed(size, len(row.get("connections", ())))


def expected(
    machine: Mapping[str, Any], row: Item, known: Known, router: Function | None
) -> dict[str, Range] | None:
    """Return the least and the most dollars of each of SERVICES; None of a machine that cannot be read.

    `known` finds a function by its name.
    """
    definition = filled_in(machine, lambda _: None)
    if list(broken(definition)):
        return None
    of_row = assumed(row)
    about = Given(
        action=str(row["action"]),
        payload=given(row).get("payload"),
        payload_bytes=of_row.payload,
        seconds=float(row.get("estimate", 0)),
        followers=of_row.followers,
        router=router,
        declared=Declared(None, None, None),
    )
    functions = {reference: found for _, (reference, found) in calls(machine, known) if found}
    found = forecasting.job(Machine(about.action, Path(), definition, functions), about).dollars_per_thousand
    return {name: (found.least[name] / JOBS, found.most[name] / JOBS) for name in SERVICES}


def together(ranges: Mapping[str, Range]) -> Range:
    """Return the least and the most of all services."""
    return sum(least for least, _ in ranges.values()), sum(most for _, most in ranges.values())
