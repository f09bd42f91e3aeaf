"""Rows 49, 50, 58 and 59: both clients against the runner, over a network that cuts, delays and doubles."""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.runner_process import Runner, running
from scripts.javascript import CLIENT, prepare
from streamer.client import Client, Reconnect
from tests.clients.test_conformance import NODE
from tests.e2e.sockets import Frame, check_stream, token
from tests.e2e.unkind_network import UnkindNetwork, unkind

JOBS = 20
WORK = {"seconds": 4, "steps": 4}


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    prepare()


class Node:
    """A process of clients/js/test/endpoint/jobs.ts, and what it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []

    async def until(self, condition: Any, seconds: float = 120) -> None:
        """Read on until what it said makes the condition true, or it has ended. Raises TimeoutError."""
        assert self._process.stdout
        async with asyncio.timeout(seconds):
            while not condition(self.said) and (line := await self._process.stdout.readline()):
                self.said.append(json.loads(line))

    def frames(self) -> dict[str, list[Frame]]:
        """Return each job's frames, in the order in which they were given out."""
        found: dict[str, list[Frame]] = {}
        for each in self.said:
            if "frame" in each:
                found.setdefault(each["job"], []).append(each["frame"])
        return found


@asynccontextmanager
async def node(
    url: str, token_file: Path, action: str, payload: Any, count: int, **env: str
) -> AsyncIterator[Node]:
    arguments = [
        url,
        str(token_file),
        f"js-{random.getrandbits(48):x}",
        action,
        json.dumps(payload, ensure_ascii=False),
        str(count),
    ]
    process = await asyncio.create_subprocess_exec(
        NODE,
        CLIENT / "build/test/endpoint/jobs.js",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
        env={**os.environ, **env},
    )
    try:
        yield Node(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
def token_file(runner: Runner, tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(token(runner))
    return file


def unkindness(runner: Runner) -> UnkindNetwork:
    seed = random.getrandbits(32)
    print(f"the network's dice: {seed}")  # noqa: T201 - a failure shows it
    return UnkindNetwork(runner.ws_url, seed, delay=0.2, doubled=0.3, uptime=0.6)


async def test_a50_the_javascript_client_with_twenty_jobs_over_an_unkind_network(
    runner: Runner, token_file: Path
) -> None:
    async with (
        unkind(unkindness(runner)) as net,
        node(net.url, token_file, "delay", WORK, JOBS) as process,
    ):
        await process.until(lambda said: said[-1:] == [{"echo": {"echo": "still here"}}], 240)
    found = process.frames()
    assert len(found) == JOBS
    for frames in found.values():
        check_stream(frames)
        assert frames[-1]["result"] == WORK
    assert net.cuts > 1


async def test_a50_the_python_client_with_twenty_jobs_over_an_unkind_network(runner: Runner) -> None:
    async def stream(client: Client) -> list[Frame]:
        return [dict(frame) async for frame in client.stream("delay", WORK)]

    async with (
        unkind(unkindness(runner)) as net,
        Client(
            net.url,
            lambda: token(runner),
            reconnect=Reconnect(first=0.05, most=0.5),
            gap_patience=0.3,
            silence=3,
            life=3,
        ) as client,
    ):
        found = await asyncio.gather(*(stream(client) for _ in range(JOBS)))
        assert await client.request("echo", "still here") == {"echo": "still here"}
    for frames in found:
        check_stream(frames)
        assert frames[-1]["result"] == WORK
    assert net.cuts > 1


async def test_a58_a_message_of_several_frames_from_a_platform_that_can(
    runner: Runner, token_file: Path
) -> None:
    large = "ä" * 40_000
    async with node(runner.ws_url, token_file, "echo", large, 1, WS="1") as process:
        await process.until(lambda said: any("echo" in each for each in said))
    (answered,) = [each["result"] for each in process.said if "result" in each]
    assert answered == {"echo": large}


async def test_a59_a_runner_that_is_restarted_refuses_the_old_token_and_takes_a_new_one(
    tmp_path: Path,
) -> None:
    file = tmp_path / "token"
    with running() as first:
        file.write_text(token(first))
        network = UnkindNetwork(first.ws_url, 0)
        async with unkind(network) as net, node(net.url, file, "delay", {"seconds": 60}, 1) as process:
            await process.until(lambda said: any(each.get("frame", {}).get("seq") == 2 for each in said))
            network.down = True
            network.cut()
            await process.until(lambda said: said[-1] == {"connection": "waiting"})
            with running() as second:
                network.there, network.down = second.ws_url, False
                handshakes = network.handshakes
                await process.until(
                    lambda _: network.handshakes > handshakes + 2
                )  # with the old runner's token
                file.write_text(token(second))
                await process.until(lambda said: any("echo" in each for each in said))
    (end,) = [each for each in process.said if "failed" in each]
    assert end["failed"] == "NOT_FOUND"  # the local runner's tables went with it
    assert process.said[-1] == {"echo": {"echo": "still here"}}
