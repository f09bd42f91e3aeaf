"""What clients do to the runner, and how long each of them waits, in seconds."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from websockets.asyncio.client import ClientConnection, connect

from demo.runner_process import Runner

_LONGEST_SECONDS = 300
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
    left = len(waits)
    while left:
        frame = json.loads(await socket.recv())
        now = time.perf_counter() - begin
        of = waits.get(frame.get("request_id"))
        match frame.get("type"):
            case "acknowledgment" if of:
                of.acknowledgment = now
            case "progress" if of:
                of.first = of.first or now
            case "complete" if of:
                of.total = now
                left -= 1
            case _:
                raise RuntimeError(f"not a job's frame: {frame}")


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
