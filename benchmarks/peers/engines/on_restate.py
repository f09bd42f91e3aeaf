"""Restate: a workflow and its stages are `restate_services.mjs`; here they are started and followed.

`on_restate.py READY FOLDER SERVICES_PORT [LINES_PORT]`, with the folder of Restate's sockets. Updates are
pulled from its pubsub, from the first one on; with LINES_PORT they come as lines to that port.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from bridge import run

ready, folder, services_port, lines_port = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
_START_SECONDS = 30.0
heard: dict[str, asyncio.Queue[int | None]] = {}


async def hear(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Hand what the services say to who follows now."""
    async for line in reader:
        job, number = json.loads(line)
        if job in heard:
            heard[job].put_nowait(number)


async def passing(job: str) -> AsyncIterator[int]:
    """Yield what is said from now on."""
    queue = heard.setdefault(job, asyncio.Queue())
    try:
        while (number := await queue.get()) is not None:
            yield number
    finally:
        del heard[job]


def session(socket: str) -> aiohttp.ClientSession:
    """Return a client of one of Restate's sockets."""
    connector = aiohttp.UnixConnector(str(folder / socket), limit=0)
    return aiohttp.ClientSession("http://restate", connector=connector, timeout=aiohttp.ClientTimeout())


async def register() -> None:
    """Tell Restate where the services are, as soon as it listens."""
    uri = {"uri": f"http://127.0.0.1:{services_port}"}
    async with asyncio.timeout(_START_SECONDS), session("admin.sock") as admin:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with admin.post("/deployments", json=uri) as answer:
                    answer.raise_for_status()
                    return
            await asyncio.sleep(0.05)


async def main() -> None:
    """Bridge."""
    await register()
    async with contextlib.AsyncExitStack() as stack:
        ingress = await stack.enter_async_context(session("ingress.sock"))
        if lines_port:
            await stack.enter_async_context(await asyncio.start_server(hear, "127.0.0.1", int(lines_port[0])))

        async def post(path: str, body: object) -> dict:
            async with ingress.post(path, json=body) as answer:
                answer.raise_for_status()
                return await answer.json()

        async def start(job: str, pace: float) -> None:
            if lines_port:
                heard[job] = asyncio.Queue()  # it may be through before anybody follows
            await post(f"/load/{job}/run/send", pace)

        async def kept(job: str) -> AsyncIterator[int]:
            offset = 0
            while True:
                pulled = await post(f"/progress/{job}/pull", {"offset": offset})
                for number in pulled["messages"]:
                    if number is None:
                        return
                    yield number
                offset = pulled["nextOffset"]

        await run(ready, start, passing if lines_port else kept)


if __name__ == "__main__":
    asyncio.run(main())
