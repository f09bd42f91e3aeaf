"""What workers write, made readable: one short line each, whatever form it came in."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from streamer.local.aws import STACK
from streamer.printable import printable

MOST_VALUES = 3  # of a metric, in a line for people
_STACK_PREFIX = f"{STACK}-"
_LEVELS = ("CRITICAL", "ERROR", "WARNING", "WARN", "INFO", "DEBUG", "TRACE")
_STYLES = {
    "CRITICAL": "bold red",
    "ERROR": "red",
    "WARNING": "yellow",
    "INFO": "green",
    "DEBUG": "dim",
    "metric": "cyan",
}
# Written by Lambda's client before every unhandled exception; nothing in it holds here.
_ADVICE = "LAMBDA_WARNING: Unhandled exception."
# Every line has these, and a person at a terminal needs none of them.
_NOISE = {
    "cold_start",
    "function_arn",
    "function_memory_size",
    "function_name",
    "function_request_id",
    "location",
    "logger",
    "requestId",
    "sampling_rate",
    "service",
    "timestamp",
    "xray_trace_id",
}


@dataclass(frozen=True)
class Line:
    """A log line for people. `detail` holds traces, one frame a line."""

    level: str
    message: str
    detail: str = ""


def parse(line: str) -> Line | None:
    """Read a worker's line: Powertools' or Lambda's JSON, a metric blob, or text; None for an empty one."""
    if not line.strip() or _ADVICE in line:
        return None
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        return _text(line)
    return _metric(record) if "_aws" in record else _record(record)


def printer(console: Console) -> Callable[[str, str], None]:
    """Return a function that prints a function's line on `console`; safe to call from any thread.

    Nothing that a client sent reaches the terminal as anything but text, or begins a line as if it were one.
    """

    def show(function: str, line: str) -> None:
        parsed = parse(line)
        if parsed:
            text = Text.assemble(
                (time.strftime("%H:%M:%S "), "dim"),
                (f"{function.removeprefix(_STACK_PREFIX)} ", "bold"),
                (f"{printable(parsed.level)} ", _STYLES.get(parsed.level, "")),
                printable(parsed.message),
                *(f"\n  {printable(line)}" for line in parsed.detail.splitlines()),
            )
            console.print(text, soft_wrap=True)

    return show


def ending(detail: Mapping[str, Any]) -> str | None:
    """Return the line, as a worker writes it, for a status event's detail; None where all is well."""
    level = {"FAILED": "ERROR", "TIMED_OUT": "ERROR", "ABORTED": "WARNING"}.get(detail["status"])
    if level is None:
        return None
    error = detail["error"] or ""
    # A function has told its own story; the engine's is told nowhere else.
    cause = f": {detail['cause']}" if error.startswith("States.") and detail["cause"] else ""
    return f"[{level}] execution {detail['name']} {detail['status']} {error}{cause}".rstrip()


def _text(line: str) -> Line:
    # Lambda's client writes a trace as one line, its frames parted by carriage returns.
    first, _, detail = line.partition("\r")
    for level in _LEVELS:
        if first.startswith(f"[{level}]"):
            first = first.removeprefix(f"[{level}]").strip()
            return Line("WARNING" if level == "WARN" else level, first, _trace(detail))
    return Line("INFO", first, _trace(detail))


def _trace(text: str) -> str:
    return text.replace("\r", "\n").replace("\xa0", " ").rstrip()


def _metric(record: dict[str, Any]) -> Line:
    names = [
        metric["Name"]
        for directive in record["_aws"].get("CloudWatchMetrics", [])
        for metric in directive.get("Metrics", [])
    ]
    return Line("metric", " ".join(f"{name}={_value(record.get(name))}" for name in names))


def _value(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_VALUES:
        return f"{min(values):g}…{max(values):g}({len(values)})"
    return ",".join(f"{v:g}" if isinstance(v, int | float) else str(v) for v in values)


def _record(record: dict[str, Any]) -> Line:
    fields = {name: value for name, value in record.items() if name not in _NOISE and value is not None}
    level = str(fields.pop("level", fields.pop("log_level", "INFO"))).upper()
    message = fields.pop("message", fields.pop("errorMessage", ""))
    trace = fields.pop("exception", "") or "".join(fields.pop("stackTrace", []))
    for structured in ("stack_trace", "exception_name"):
        fields.pop(structured, None)
    rest = " ".join(f"{name}={_compact(value)}" for name, value in fields.items())
    return Line(level, f"{_compact(message)} {rest}".strip(), str(trace).rstrip())


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
