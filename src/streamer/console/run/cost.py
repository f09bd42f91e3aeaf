"""What a job cost, beside what `streamer forecast` says of one like it. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from streamer.console.run.counted import Counted, count
from streamer.console.run.job_items import Item, LoggedFrame, given
from streamer.console.run.layout import function_of
from streamer.console.run.shape import inside
from streamer.console.run.visits import Story
from streamer.forecast import engine_facts, forecasting, prices
from streamer.forecast.constants import filled_in
from streamer.forecast.dollars import JOBS
from streamer.forecast.findings import broken
from streamer.forecast.growth import Declared
from streamer.forecast.results import Forecast, Given
from streamer.forecast.traffic import Assumed
from streamer.project import Function, Machine

Known = Callable[[str], Function | None]

_WITHOUT = "Not in it: checkpoints, joins, S3, logs, traces, and the steps' own calls."


def cost(
    machine: Mapping[str, Any],
    row: Item,
    story: Story,
    frames: Sequence[LoggedFrame],
    known: Known,
    router: Function | None,
) -> dict[str, Any]:
    """Return `{"lines", "notes"}`; a line is [service, what, dollars, least and most of the forecast].

    `known` finds a function by its name. Without a forecast least and most are None.
    """
    states = dict(_calls(machine, known))
    assumed = _assumed(row)
    counted = count(story, frames, assumed, {name: found for name, (_, found) in states.items()}, router)
    functions = {reference: found for reference, found in states.values() if found}
    expected = _forecast(machine, row, assumed, functions, router)
    bill, what = counted.bill, _what(counted)
    lines = [[name, what[name], bill[name], *_range(expected, name)] for name in bill]
    least, most = (_sum(lines, column) for column in (3, 4))
    lines.append(["Together", "", sum(bill.values()), least, most])
    return {"lines": lines, "notes": _notes(counted, story, assumed)}


def _calls(block: Mapping[str, Any], known: Known) -> Iterator[tuple[str, tuple[str, Function | None]]]:
    """Yield the states that call a Lambda function: name, how the definition names it, the function."""
    for name, state in block["States"].items():
        if function := function_of(state):
            arguments = state.get("Arguments", {})
            yield name, (str(arguments.get("FunctionName", state["Resource"])), known(function))
        for inner in inside(state):
            yield from _calls(inner, known)


def _assumed(row: Item) -> Assumed:
    payload = given(row).get("payload")
    claimed = isinstance(payload, dict) and payload.keys() == {"$claim"}
    size = engine_facts.LARGEST_INLINE + 1 if claimed else len(json.dumps(payload))
    return Assumed(size, len(row.get("connections", ())))


def _forecast(
    machine: Mapping[str, Any],
    row: Item,
    assumed: Assumed,
    functions: Mapping[str, Function],
    router: Function | None,
) -> Forecast | None:
    definition = filled_in(machine, lambda _: None)
    if list(broken(definition)):
        return None
    about = Given(
        action=str(row["action"]),
        payload=given(row).get("payload"),
        payload_bytes=assumed.payload,
        seconds=float(row.get("estimate", 0)),
        followers=assumed.followers,
        router=router,
        declared=Declared(None, None, None),
    )
    return forecasting.job(Machine(about.action, Path(), definition, functions), about)


def _range(expected: Forecast | None, service: str) -> tuple[float | None, float | None]:
    if expected is None:
        return None, None
    dollars = expected.dollars_per_thousand
    return dollars.least[service] / JOBS, dollars.most[service] / JOBS


def _sum(lines: Sequence[Sequence[Any]], column: int) -> float | None:
    found = [line[column] for line in lines]
    return None if None in found else sum(found)


def _what(counted: Counted) -> dict[str, str]:
    return {
        "Step Functions": f"{counted.transitions:,} transitions",
        "Lambda": f"{counted.calls:,} calls, {counted.gigabyte_seconds:,.2f} GB-s",
        "DynamoDB": f"{counted.write_units:,} write units, {counted.read_units:,} read units",
        "API Gateway": f"{counted.messages:,} messages, {counted.pushes:,} of them pushes",
    }


def _notes(counted: Counted, story: Story, assumed: Assumed) -> list[str]:
    notes = [
        f"List prices of {prices.REGION}, read {prices.READ}.",
        f"Lambda's time is that of the history, and {forecasting.ROUTER_SECONDS:g} s of the router.",
        f"Pushes: each frame to the {assumed.followers} that follow it.",
        _WITHOUT,
    ]
    if counted.unknown:
        notes.append(f"Nobody told the memory of the functions of {', '.join(counted.unknown)}.")
    if any(visit.map_run for visit in story.all()):
        notes.append("A distributed Map's executions have histories of their own, which are not in it.")
    return notes
