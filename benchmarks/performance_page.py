"""docs/performance.md, made of what was measured: exact counts first, then what depends on the machine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from benchmarks.growth import COUNTS

Row = Mapping[str, Any]
Part = Mapping[str, Any]

HEAD = """# Performance

Written by `make bench`, of `performance.json`, which has more digits; each table names its own command. Counts are exact and
the same on every machine, but for `work` (1 %). Times depend on who else uses the machine: the load average before each part
is told, and the processor's time is what can be compared. [Decision 19](decisions/0019-one-loop-and-a-parent-of-workers.md)
says why the local runner is built so, [decision 27](decisions/0027-what-a-start-leaves-out.md) what bounds its start, an echo
and a handshake.
"""

GROWTH = "Costs of a job over rows, connections, followers, payload, stages and updates"

# What makes a job cost more, and why that is so.
WHY = {
    "rows": "flat: every look-up is of a job's own partition, and the engine keeps partitions apart",
    "connections": "flat: a job knows its followers, and looks at no other connection",
    "followers": "a push a follower and frame, which is the courtesy itself; to hand them over is a fifth of the work for a hundred, and there are no more. The call that is one more adds them, and is the benchmark's own",
    "payload": "its bytes, once in the row and once in the execution's input; over 32 KB it lies in S3, once, and each stage reads it there",
    "stages": "each reads the job once, and has its own first frame and its own updates",
    "updates": "one write and one push each, as long as they are slower than seven a second; faster ones are merged",
}


@dataclass(frozen=True)
class Table:
    """One part's heading, what there is to know of it, and its columns: a row's key, and how it is called."""

    part: str
    title: str
    text: str
    columns: Mapping[str, str]


_LOAD = {
    "what": "",
    "acknowledgment": "acknowledgment, ms",
    "first": "first progress, ms",
    "total": "end, ms",
    "last": "last end, ms",
    "runner": "processor a job: runner, ms",
    "workers": "workers, ms",
}
TABLES = (
    Table(
        "report",
        "AWS calls for a report of a month, as PDF with charts, one follower",
        "How many frames a stage sends depends on how long it takes; each is one write and one push.",
        {"what": "part", "frames": "frames", "calls": "calls", "these": "of these"},
    ),
    Table(
        "imports",
        "What functions import",
        "Of our own modules and of others' packages, by `tests/support/imports.txt`, to which a test holds them.",
        {"what": "function", "ours": "our modules", "packages": "packages"},
    ),
    Table(
        "cold",
        "Cold starts, in instructions",
        "Under callgrind, over an imported awslambdaric, byte code written. The naive stack is boto3 with three clients, 15 pydantic"
        " models, and Powertools' Logger, Tracer and Metrics.",
        {"what": "", "millions": "millions", "ratio": "naive = 1"},
    ),
    Table(
        "waits",
        "One client, warm workers, ms",
        "The goals are 50 for an echo, 100 for an acknowledgment, 1,000 for the first progress.",
        {"what": "", "samples": "samples", "median": "median", "fastest": "fastest", "slowest": "slowest"},
    ),
    Table(
        "jobs",
        "Jobs at once",
        "A job has three stages of twenty updates each and does nothing else. The goals: 1 job in 80 ms, 10 in 400, 100 in 4,000.",
        _LOAD,
    ),
    Table(
        "many",
        "A thousand jobs, a hundred at once",
        "The tenth hundred is to be as fast as the first.",
        _LOAD,
    ),
    Table(
        "history",
        "Ten thousand jobs",
        "No median is to change by more than 10 %.",
        {"what": "", "last": "last end, ms"},
    ),
    Table("waiting", "A hundred jobs that wait for 2 s", "The goal is 8,000 ms for the last of them.", _LOAD),
    Table(
        "echo",
        "Echoes over 100 connections",
        "The goal is 2,500 a second.",
        {
            "a_second": "a second",
            "median": "median, ms",
            "p99": "p99, ms",
            "runner": "processor an echo: runner, ms",
            "workers": "workers, ms",
        },
    ),
    Table(
        "sockets",
        "A thousand connections at once",
        "The goal is 3,000 ms. The second thousand come while the first say farewell: a function is called for each.",
        {"last": "all open, ms", "runner": "processor each: runner, ms", "workers": "workers, ms"},
    ),
    Table(
        "peers",
        "Beside others",
        "The same job, three stages of twenty updates, by the same client on the same machine, in turns. `lost` and `doubled` are"
        " updates of 60 that a client does not see, or sees twice, whose connection was cut. `ratio` is ours to theirs: over 1"
        " we lose, and `why` says why. An engine that has no WebSocket has one before it, which does nothing else; `benchmarks/peers/installing.py` says which versions. Restate's updates are kept by its own pubsub, or go by beside it; serverless-offline's stages invoke one another.",
        {
            "what": "",
            "jobs": "jobs at once",
            "acknowledgment": "acknowledgment, ms",
            "first": "first progress, ms",
            "last": "last end, ms",
            "ratio": "ratio",
            "lost": "lost",
            "doubled": "doubled",
            "why": "why",
        },
    ),
)


def page(kept: Mapping[str, Part]) -> str:
    """Return the page; parts that were never measured are left out."""
    exact = [_table(table, kept) for table in TABLES[:3]]
    timed = [_table(table, kept) for table in TABLES[3:]]
    parts = [HEAD, "## Exact\n", exact[0], _growth(kept), *exact[1:], "## Timed\n", *timed, _trees(kept)]
    return "\n".join(part for part in parts if part)


def _growth(kept: Mapping[str, Part]) -> str:
    if "growth" not in kept:
        return ""
    part = kept["growth"]
    text = (
        "A job through the router and stages of 20 updates each, five a second. `work` is Python functions called, those of the"
        " tables among them. The picture has each cost as a multiple of what it was at first."
    )
    lines = [
        f"### What a job costs as one thing grows\n\n{text} {_made(part)}\n\n![{GROWTH}](images/growth.svg)\n"
    ]
    for name, group in groupby(part["rows"], key=lambda row: row["grows"]):
        rows = list(group)
        lines.append(f"**{name}**: {WHY[name]}.\n")
        lines.append(_rows(rows, {"value": name, **{each: each for each in COUNTS}}))
    return "\n".join(lines)


def _trees(kept: Mapping[str, Part]) -> str:
    """Say what the parts' processes held, each on a runner of its own."""
    rows = [
        {**row, "what": name}
        for name, part in sorted(kept.items())
        for row in part["rows"]
        if row.get("what") == "the tree"
    ]
    if not rows:
        return ""
    columns = {"what": "part", "ready": "ready, s", "megabytes": "MB", "processes": "processes"}
    text = "Ready is to be 1.5 s where the byte code and the template are in the user's cache. Shared pages are counted once."
    return f"### What the runner's processes hold after each part\n\n{text}\n\n{_rows(rows, columns)}"


def _table(table: Table, kept: Mapping[str, Part]) -> str:
    if table.part not in kept:
        return ""
    part = kept[table.part]
    rows = [row for row in part["rows"] if row.get("what") != "the tree"]
    return f"### {table.title}\n\n{table.text} {_made(part)}\n\n{_rows(rows, table.columns)}"


def _made(part: Part) -> str:
    return f"`{part['command']}`, {part['on']}, {part['processors']} processors, load average {part['load_average_before']}."


def _rows(rows: Iterable[Row], columns: Mapping[str, str]) -> str:
    lines = ["| " + " | ".join(columns.values()) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(_told(row.get(key)) for key in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _told(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
