"""Write docs/images/watch.svg: `make recording`. Jobs as `streamer watch` tells of them, then one of them."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from demo import flights
from demo.runner_process import Runner, running
from scripts.recording.animation import animated
from scripts.recording.recorder import Recorder
from scripts.recording.terminal_svg import write
from streamer.client import Client
from streamer.client.errors import RequestFailed

STREAMER = Path(sys.executable).with_name("streamer")
REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf", "include_charts": True}
YEAR = REPORT | {"end_date": "2013-12-31"}


def main() -> None:
    """Run the application, and jobs on it; write the picture."""
    with running() as runner:
        flights.load(flights.local_s3(runner.endpoint_url), runner.bucket, months=range(1, 13))
        recorder = asyncio.run(_record(runner))
    write("watch.svg", animated(recorder.shown, "streamer watch", "watch"))


async def _record(runner: Runner) -> Recorder:
    async with Client(runner.ws_url, runner.token) as client:
        await client.request("generate_report", REPORT, request_id="january")  # it starts the functions
        recorder = Recorder({**os.environ, "STREAMER_STATE_DIR": str(runner.state_dir)})
        with recorder.running(STREAMER, "watch") as all_jobs:
            await asyncio.sleep(1.5)
            await client.request("echo_async", {"hello": "world"}, request_id="hello")
            await _failing(client)
            await _cancelled(client)
            await asyncio.sleep(1.5)
            all_jobs.send_signal(signal.SIGINT)
        job = client.stream("generate_report", YEAR, request_id="year")
        await anext(job)
        with recorder.running(STREAMER, "watch", "year"):
            async for _ in job:
                pass
    return recorder


async def _failing(client: Client) -> None:
    try:
        await client.request("generate_report", REPORT | {"filters": {"airport": "JFK"}}, request_id="jfk")
    except RequestFailed:
        return
    raise AssertionError("there is no such column")


async def _cancelled(client: Client) -> None:
    async for frame in client.stream("delay", {"seconds": 60}, request_id="pause"):
        if frame["type"] == "progress" and frame["percentage"] > 1:
            await client.cancel("pause")


main()
