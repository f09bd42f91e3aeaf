"""What a job cost, beside what `streamer forecast` says of one like it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from streamer.console.run.counted import Counted, count
from streamer.console.run.expected import Known, assumed, calls, expected, together
from streamer.console.run.job_items import Item, LoggedFrame
from streamer.console.run.visits import Story
from streamer.forecast import forecasting, prices
from streamer.forecast.traffic import Assumed
from streamer.project import Function

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
    functions = {name: found for name, (_, found) in calls(machine, known)}
    counted = count(story, frames, assumed(row), functions, router)
    ranges = expected(machine, row, known, router)
    bill, what = counted.bill, _what(counted)
    lines = [[name, what[name], bill[name], *(ranges[name] if ranges else (None, None))] for name in bill]
    lines.append(["Together", "", sum(bill.values()), *(together(ranges) if ranges else (None, None))])
    return {"lines": lines, "notes": _notes(counted, story, assumed(row))}


def _what(counted: Counted) -> dict[str, str]:
    return {
        "Step Functions": _many(counted.transitions, "transition"),
        "Lambda": f"{_many(counted.calls, 'call')}, {counted.gigabyte_seconds:,.2f} GB-s",
        "DynamoDB": f"{_many(counted.write_units, 'write unit')}, {_many(counted.read_units, 'read unit')}",
        "API Gateway": f"{_many(counted.messages, 'message')}, {counted.pushes:,} of them pushes",
    }


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


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
