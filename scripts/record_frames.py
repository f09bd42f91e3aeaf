"""Write docs/frames.jsonl, the examples in docs/asyncapi.yaml: real requests, each with all its frames.

Talks to a fresh `streamer dev` of this folder, after `make data`: `python scripts/record_frames.py`.
"""

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

from streamer.client import Client

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/frames.jsonl"
MONTH = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf", "include_charts": True}
YEAR = {"start_date": "2013-01-01", "end_date": "2013-12-31", "format": "csv"}

# In this order: later requests ask for jobs of earlier ones.
REQUESTS: list[tuple[str, str, Any]] = [
    ("echo-1", "echo", {"hello": "world"}),
    ("health-1", "health", None),
    ("report-1", "generate_report", MONTH),
    ("status-1", "status", {"request_id": "report-1"}),
    ("list-1", "list", {"limit": 2}),
    ("resume-1", "resume", {"request_id": "report-1", "seq": 11}),
    ("report-2", "generate_report", MONTH | {"filters": {"airport": "JFK"}}),  # there is no such column
    ("report-3", "generate_report", {"start_date": "2013-01-31", "format": "doc"}),
    ("report-1", "generate_report", MONTH | {"format": "csv"}),
    ("status-2", "status", {"request_id": "report-9"}),
    ("cancel-1", "cancel", {"request_id": "report-1"}),
    ("dance-1", "dance", None),
]


async def ask(client: Client, request_id: str, action: str, payload: Any) -> dict[str, Any]:
    """Return a request with its frames."""
    request = {"action": action, "id": request_id} | ({} if payload is None else {"payload": payload})
    frames = [frame async for frame in client.stream(action, payload, request_id=request_id)]
    return {"request": request, "frames": frames}


async def cancelled(client: Client) -> list[dict[str, Any]]:
    """Return a job that is cancelled in its first stage, and the request that cancels it."""
    request = {"action": "generate_report", "id": "report-4", "payload": YEAR}
    job: dict[str, Any] = {"request": request, "frames": []}
    cancel: dict[str, Any] = {}
    frames = client.stream("generate_report", YEAR, request_id="report-4")
    async with aclosing(frames):
        async for frame in frames:
            job["frames"].append(frame)
            if frame["type"] == "progress" and frame["percentage"] > 0 and not cancel:
                cancel = await ask(client, "cancel-2", "cancel", {"request_id": "report-4"})
    return [job, cancel]


async def record() -> list[dict[str, Any]]:
    """Return every request with its frames."""
    runner = json.loads((ROOT / ".streamer/dev.json").read_text())
    async with Client(runner["ws_url"], runner["token"]) as client:
        asked = [await ask(client, *request) for request in REQUESTS]
        return asked + await cancelled(client)


def main() -> None:
    """Write the file."""
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in asyncio.run(record())]
    TARGET.write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
