"""What is shown of each action, on the flights that left New York in January 2013."""

import json
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

from demo import flights
from demo.play import Play

JANUARY = {"start_date": "2013-01-01", "end_date": "2013-01-31"}
Scene = Callable[[Play], Awaitable[None]]


async def echo(play: Play) -> None:
    """A quick action: answered at once."""
    await play.ask("echo", {"hello": "world"})


async def health(play: Play) -> None:
    """Whether the application is alive."""
    await play.ask("health", None)


async def generate_report(play: Play) -> None:
    """A week's report is answered at once; a month's is a job whose stages can be watched."""
    play.load_flights()
    play.say("A week's report is short, and answered at once.")
    await play.ask("generate_report", {**JANUARY, "end_date": "2013-01-07", "format": "csv"})
    play.say("A month's, with charts, is a job of four stages.")
    result = await play.ask("generate_report", {**JANUARY, "format": "pdf", "include_charts": True})
    play.keep(result["url"], "report.pdf")


async def process_data(play: Play) -> None:
    """Upload the flights, guess from the departure who arrives late, and count by carrier."""
    upload = await play.upload(flights.january_csv())
    late, on_time = "late", "on time"
    result = await play.ask(
        "process_data",
        {
            "source": {"upload": upload},
            "format": "csv",
            "pipeline": [
                {"filter": "arr_delay is not null"},
                {"derive": {"arrived": f"case when arr_delay > 15 then '{late}' else '{on_time}' end"}},
                {
                    "classify": {
                        "column": "guess",
                        "rules": [{"when": "dep_delay > 15", "label": late}],
                        "otherwise": on_time,
                        "against": "arrived",
                    }
                },
                {
                    "aggregate": {
                        "by": ["carrier", "guess"],
                        "measures": {"flights": "count()", "mean_delay": "avg(arr_delay)"},
                    }
                },
                {"sort": [{"by": "flights", "descending": True}]},
            ],
            "output": {"format": "csv"},
        },
    )
    play.keep(result["url"], "process_data.csv", lines=6)


async def bulk_operation(play: Play) -> None:
    """Put 1,000 flights as records; then mark those of one carrier, which not all of them are."""
    items = [{"id": f"flight-{number:05}", "fields": row} for number, row in enumerate(_rows(1_000))]
    manifest = await play.upload("\n".join(map(json.dumps, items)).encode())
    await play.ask("bulk_operation", {"operation": "put", "manifest": {"upload": manifest}})
    play.say("Of 500 flights United's are tagged; the condition refuses all others, and names each.")
    result = await play.ask(
        "bulk_operation",
        {
            "operation": "tag",
            "items": [{"id": item["id"], "tags": ["united"]} for item in items[:500]],
            "if": {"equals": {"carrier": "UA"}},
        },
    )
    play.keep(result["report_url"], "bulk_report.jsonl", lines=6)


async def approve_report(play: Play) -> None:
    """A report that waits until somebody else lets it out."""
    play.load_flights()
    decided = list[Any]()

    async def decide(frame: Any) -> None:
        if (frame.get("metadata") or {}).get("waiting_for") == "approve" and not decided:
            decided.append(frame)
            async with play.other_user("grace") as grace:
                payload = {"request_id": frame["request_id"], "decision": "approve", "comment": "Well done."}
                await grace.request("approve", payload)

    request = {"report": {**JANUARY, "format": "pdf"}, "approvers": ["grace"]}
    result = await play.ask("approve_report", request, on_progress=decide)
    play.keep(result["url"], "approved.pdf")


async def delay(play: Play) -> None:
    """Five seconds, in ten steps."""
    await play.ask("delay", {"seconds": 5, "steps": 10})


async def echo_async(play: Play) -> None:
    """A payload that comes back through two stages."""
    await play.ask("echo_async", {"hello": "world"})


async def upload(play: Play) -> None:
    """A URL through which a file of just this size may be sent."""
    await play.upload(b"hello,world\n1,2\n")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        echo,
        health,
        generate_report,
        process_data,
        upload,
        bulk_operation,
        approve_report,
        delay,
        echo_async,
    )
}


def _rows(count: int) -> list[dict[str, str]]:
    columns = ("carrier", "flight", "origin", "dest", "dep_delay")
    return [{name: row[name] for name in columns} for row in islice(flights.january_rows(), count)]
