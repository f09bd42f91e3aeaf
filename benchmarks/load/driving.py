"""What clients do to the runner, and how long each of them waits, in seconds."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from websockets.asyncio.client import ClientConnection, connect

from demo.runner_process import Runner

_LONGEST_SECONDS = 300
_SILENCE_SECONDS = 20  # after which a client asks for what it may have missed: a push may fail
_ids = count()


@dataclass
class Waits:
    """One job's: until its acknowledgment, its first progress and its end."""

    acknowledgment: float = 0.0
    first: float = 0.0
    total: float = 0.0


def opened(runner: Runner) -> connect:
    """Return a connection to come, with a token."""
    headers = {"Authorization": f"Bearer {runner.token}"}
    return connect(runner.ws_url, additional_headers=headers, compression=None, open_timeout=120)


async def jobs(runner: Runner, number: int, action: str, payload: object) -> list[Waits]:
    """Send so many requests at once over one connection; raise RuntimeError for a job that fails."""
    async with opened(runner) as socket:
        waits = {f"job-{next(_ids)}": Waits() for _ in range(number)}
        begin = time.perf_counter()
        for name in waits:
            await socket.send(json.dumps({"action": action, "id": name, "payload": payload}))
        async with asyncio.timeout(_LONGEST_SECONDS):
            await _follow(socket, waits, begin)
        return list(waits.values())


async def _follow(socket: ClientConnection, waits: dict[str, Waits], begin: float) -> None:
    left = set(waits)
    while left:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                said = json.loads(await socket.recv())
        except TimeoutError:
            await _resume(socket, left)
            continue
        now = time.perf_counter() - begin
        for frame in said["data"]["frames"] if said.get("type") == "response" else [said]:
            of = waits.get(frame.get("request_id"))
            match frame.get("type"):
                case "acknowledgment" if of:
                    of.acknowledgment = of.acknowledgment or now
                case "progress" if of:
                    of.first = of.first or now
                case "complete" if of:
                    of.total = of.total or now
                    left.discard(frame["request_id"])
                case _:
                    raise RuntimeError(f"not a job's frame: {frame}")


async def _resume(socket: ClientConnection, left: set[str]) -> None:
    print(f"nothing for {_SILENCE_SECONDS} s: resumes {', '.join(sorted(left))}", file=sys.stderr)
    for name in left:
        asked = {"request_id": name, "seq": 0}
        await socket.send(json.dumps({"action": "resume", "id": f"resume-{name}", "payload": asked}))


async def echoes(runner: Runner, connections: int, seconds: float) -> Sequence[float]:
    """Echo over so many connections, one at a time each, for so long; return the waits."""
    waits: list[float] = []
    end = time.perf_counter() + seconds

    async def echo(socket: ClientConnection) -> None:
        request = json.dumps({"action": "echo", "id": "e", "payload": {"a": 1}})
        while (begin := time.perf_counter()) < end:
            await socket.send(request)
            await socket.recv()
            waits.append(time.perf_counter() - begin)

    sockets = [await opened(runner) for _ in range(connections)]
    end = time.perf_counter() + seconds
    try:
        await asyncio.gather(*map(echo, sockets))
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
    return waits


async def sockets(runner: Runner, number: int) -> float:
    """Open so many connections at once; return the seconds until the last of them is open."""
    begin = time.perf_counter()
    together = await asyncio.gather(*(opened(runner) for _ in range(number)))
    seconds = time.perf_counter() - begin
    await asyncio.gather(*(socket.close() for socket in together))
    return seconds
