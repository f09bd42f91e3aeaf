"""Runs the job here and on the other engines, in turns, and says where we lose, by what ratio and why."""

import asyncio
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load import driving
from benchmarks.load.application import application
from benchmarks.peers.installing import PYTHON, install, redis_server
from demo.runner_process import running

ENGINES = Path(__file__).with_name("engines")
ROUNDS = ((1, 5), (10, 2), (100, 1))  # jobs at once, and how often
UPDATES, PACE = 60, 0.2  # of the job whose client is cut: slow enough that none has to be merged
LONGEST = 60.0  # seconds; what has not ended then is told so, and goes on: the largest round is the last
_START_SECONDS = 60.0
OURS = "ours"
WHY = {
    "Celery with Redis": "no state machine, no store, no retry or timeout between its stages: updates go by"
    " and are kept nowhere",
    "DBOS on SQLite": "its stages are functions of one process, and so is who follows them",
}


@dataclass(frozen=True)
class Endpoint:
    """Where the client finds an engine; what it wants of a runner."""

    ws_url: str
    token: str = "none"


def measure() -> Iterator[dict[str, Any]]:
    """Yield for each engine and number of jobs the medians of its rounds, and what a cut client misses."""
    install()
    found: dict[tuple[str, int], list[list[driving.Waits]]] = {}
    with ExitStack() as stack:
        engines = {
            OURS: stack.enter_context(_ours()),
            "Celery with Redis": stack.enter_context(_celery()),
            "DBOS on SQLite": stack.enter_context(_dbos()),
        }
        for endpoint in engines.values():
            asyncio.run(_jobs(endpoint, 4))  # what is warm is compared
        seen = {name: asyncio.run(_cut(endpoint)) for name, endpoint in engines.items()}
        for number, times in ROUNDS:
            for _ in range(times):
                for name, endpoint in engines.items():
                    found.setdefault((name, number), []).append(asyncio.run(_jobs(endpoint, number)))
    for (name, number), rounds in found.items():
        lost, doubled = seen[name]
        cut = {"lost": lost, "doubled": doubled} if number == 1 else {}
        if not all(rounds):
            yield {"what": name, "jobs": number, "why": f"no end within {LONGEST:.0f} s"} | cut
            continue
        together = [each for waits in rounds for each in waits]
        ratio = _last(found[OURS, number]) / _last(rounds)
        yield (
            {
                "what": name,
                "jobs": number,
                "acknowledgment": median(each.acknowledgment for each in together) * 1000,
                "first": median(each.first for each in together) * 1000,
                "last": _last(rounds) * 1000,
                "ratio": ratio,
            }
            | cut
            | ({"why": WHY[name]} if ratio > 1 else {})
        )


async def _jobs(endpoint: Any, number: int) -> list[driving.Waits]:
    """Return how long so many jobs took, nothing where they did not end in time."""
    try:
        async with asyncio.timeout(LONGEST):
            return await driving.jobs(endpoint, number, "load", None)
    except TimeoutError:
        return []


def _last(rounds: list[list[driving.Waits]]) -> float:
    return median(max(each.total for each in waits) for waits in rounds)


async def _cut(endpoint: Any) -> tuple[int, int]:
    """Return how many of 60 updates a client does not see, and sees twice, that is cut for two seconds."""
    job, seen, seq = f"cut-{time.time_ns()}", list[object](), 0
    async with asyncio.timeout(120):
        async with driving.opened(endpoint) as first:
            await first.send(json.dumps({"action": "load", "id": job, "payload": {"pace": PACE}}))
            while len(seen) < UPDATES // 4:
                frame = json.loads(await first.recv())
                seq = frame.get("seq", seq)
                seen += _updates(frame)
            first.transport.abort()
        await asyncio.sleep(2)
        async with driving.opened(endpoint) as second:
            # Ours takes the number of the frame that was seen last; the others know of none.
            again = {"action": "resume", "id": job, "payload": {"request_id": job, "seq": seq}}
            await second.send(json.dumps(again))
            frame = {}
            while frame.get("type") != "complete":
                frame = json.loads(await second.recv())
                for each in (frame.get("data") or {}).get("frames", [frame]):
                    seen += _updates(each)
    return UPDATES - len(set(seen)), len(seen) - len(set(seen))


def _updates(frame: dict[str, Any]) -> list[object]:
    """Return what tells an update from the others, where the frame is one."""
    if "number" in frame:
        return [frame["number"]]
    return [(frame["stage"], frame["message"])] if " of 20" in frame.get("message", "") else []


@contextmanager
def _ours() -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        template = application(Path(folder) / "application")
        with running(["MostJobsPerTenant=100000"], template) as runner:
            yield runner


@contextmanager
def _celery() -> Iterator[Endpoint]:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
        free.close()
        url = f"redis://127.0.0.1:{port}/0"
        redis = [str(redis_server()), "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        worker = [str(PYTHON.with_name("celery")), "-A", "on_celery", "worker", "--loglevel", "ERROR"]
        with (
            _process(redis, folder),
            _process([*worker, "--concurrency", str(os.cpu_count())], folder, REDIS_URL=url),
            _bridge("on_celery.py", folder, url) as endpoint,
        ):
            yield endpoint


@contextmanager
def _dbos() -> Iterator[Endpoint]:
    with tempfile.TemporaryDirectory() as folder, _bridge("on_dbos.py", folder, folder) as endpoint:
        yield endpoint


@contextmanager
def _bridge(script: str, folder: str, *arguments: str) -> Iterator[Endpoint]:
    ready = Path(folder) / "ready"
    with _process([str(PYTHON), str(ENGINES / script), str(ready), *arguments], folder) as process:
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((Path(folder) / "log").read_text())
            time.sleep(0.05)
        yield Endpoint(f"ws://127.0.0.1:{ready.read_text()}")


@contextmanager
def _process(command: list[str], folder: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of an engine until the end of the block."""
    with (Path(folder) / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ENGINES,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
