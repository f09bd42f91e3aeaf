"""How long clients wait, against `streamer dev` with warm workers. Noisy: medians of one run."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.calls import REPORT
from demo import flights
from demo.runner_process import Runner, running
from streamer.client import Client

ECHOES, JOBS = 200, 10


def measure() -> Iterator[tuple[str, list[float]]]:
    """Yield each wait's name and its samples, in seconds."""
    with running(template=Path("template.yaml")) as runner:
        _load(runner)
        yield from asyncio.run(_measure(runner)).items()


def _load(runner: Runner) -> None:
    s3 = flights.local_s3(runner.endpoint_url)
    flights.load(s3, runner.bucket, months=flights.JANUARY)


async def _measure(runner: Runner) -> dict[str, list[float]]:
    waits: dict[str, list[float]] = {
        "echo, round trip": [],
        "report: acknowledgment": [],
        "report: first progress": [],
        "report: complete": [],
    }
    async with Client(runner.ws_url, runner.token) as client:
        await client.request("generate_report", REPORT)  # warm
        for _ in range(ECHOES):
            begin = time.perf_counter()
            await client.request("echo", {"a": 1})
            waits["echo, round trip"].append(time.perf_counter() - begin)
        for _ in range(JOBS):
            begin, firsts = time.perf_counter(), dict[str, float]()
            async for frame in client.stream("generate_report", REPORT):
                firsts.setdefault(frame["type"], time.perf_counter() - begin)
            waits["report: acknowledgment"].append(firsts["acknowledgment"])
            waits["report: first progress"].append(firsts["progress"])
            waits["report: complete"].append(firsts["complete"])
    return waits
