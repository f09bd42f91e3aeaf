"""The actions in a terminal: all of them as a table, or one with everything that is known of it."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from streamer.catalogue.entries import Entry
from streamer.catalogue.phrases import phrase
from streamer.filelinks import length
from streamer.outline import Stage

_REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')


def show_all(entries: list[Entry], console: Console) -> None:
    """Show a table of all actions."""
    estimate = Column("estimate", justify="right")
    table = _table("action", "runs", estimate, "what it does, and its stages")
    for entry in entries:
        table.add_row(Text(entry.name, "bold"), entry.runs, _estimate(entry), Text(entry.summary))
        for stage in entry.stages:
            table.add_row("", "", "", Text(f"{_range(stage):>6}  {stage.name}", "dim"))
    console.print(table)


def show_one(entry: Entry, console: Console) -> None:
    """Show an action's payload field by field, its stages, and a request to copy."""
    console.print(Text(entry.name, "bold"))
    console.print(Text(entry.summary))
    console.print(Text(f"Runs {entry.runs}, {_estimate(entry)}. {_reason(entry)}".rstrip(), "dim"))
    if entry.permission:
        console.print(Text(f"Asks for the permission {entry.permission}.", "yellow"))
    for title, model in _models(entry.payload):
        console.print()
        console.print(Text(title, "bold"), Text(model.get("description", "") if title != "payload" else ""))
        console.print(_fields(model))
    if entry.stages:
        console.print()
        console.print(_stages(entry.stages))
    for example in entry.examples:
        console.print()
        text = shlex.quote(json.dumps(example, ensure_ascii=False))
        console.print(Text(f"streamer request {entry.name} {text}", "green"), soft_wrap=True)


def _models(payload: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the payload and then, as they are referred to, the models in it that have fields."""
    models = {"payload": {key: value for key, value in payload.items() if key != "$defs"}}
    todo = ["payload"]
    for name in todo:
        if "properties" in models[name] or name == "payload":
            yield name, models[name]
        models |= payload.get("$defs", {})
        todo += [found for found in _REFERENCE.findall(json.dumps(models[name])) if found not in todo]


def _fields(model: Mapping[str, Any]) -> Table | Text:
    fields = model.get("properties")
    if not fields:
        return Text("nothing" if model.get("type") == "object" else phrase(model))
    table = _table("field", Column("type", ratio=3, overflow="fold"), "default", Column("", ratio=4))
    required = model.get("required", [])
    for name, field in fields.items():
        default = Text("required", "yellow") if name in required else Text(_default(field), "dim")
        table.add_row(Text(name, "bold"), Text(phrase(field)), default, Text(field.get("description", "")))
    return table


def _stages(stages: list[Stage]) -> Table:
    percent, timeout, attempts = (
        Column(name, justify="right") for name in ("percent", "timeout", "attempts")
    )
    table = _table(percent, "stage", timeout, attempts, "")
    for stage in stages:
        seconds = "" if stage.seconds is None else f"{stage.seconds:,g} s"
        notes = {
            "once for each item": stage.each,
            "waits for an answer": stage.waits,
            "not always": not stage.always,
        }
        said = ", ".join(note for note, holds in notes.items() if holds)
        table.add_row(_range(stage), Text(stage.name, "bold"), seconds, str(stage.attempts), said)
    return table


def _table(*columns: Column | str) -> Table:
    return Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def _range(stage: Stage) -> str:
    return f"{stage.start:g}-{stage.end:g}"


def _estimate(entry: Entry) -> str:
    """Return the estimate; the example's where the payload decides."""
    seconds = entry.example_seconds if isinstance(entry.estimate, str) else entry.estimate
    return "" if seconds is None else length(seconds)


def _reason(entry: Entry) -> str:
    return f"{entry.estimate} The figure is the example's." if isinstance(entry.estimate, str) else ""


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "" if default is None else default if isinstance(default, str) else json.dumps(default)
