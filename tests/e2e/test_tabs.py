"""Two tabs of one Chromium share a socket to the runner; the one that has it closes, crashes or is frozen."""

import asyncio
import json
import random
from typing import Any
from urllib.parse import urlencode

import pytest

from conformance.server import serving
from demo.runner_process import Runner
from scripts.javascript import CLIENT, prepare
from tests.clients.test_conformance import NODE
from tests.e2e.sockets import check_stream, token
from tests.e2e.unkind_network import UnkindNetwork, unkind
from tests.support.browser import browser_path

WORK = {"seconds": 6, "steps": 12}


class Tabs:
    """Both tabs, and what they told so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []

    async def until_frames(self, tab: int, kinds: set[str]) -> None:
        """Wait until a tab was given a frame of one of these types. Raises TimeoutError."""
        assert self._process.stdout
        async with asyncio.timeout(90):
            while not any(frame["type"] in kinds for frame in self.frames(tab)):
                line = await self._process.stdout.readline()
                assert line, f"the browser ended; it told {self.told}"
                self.told.append(json.loads(line))

    def frames(self, tab: int) -> list[Any]:
        """Return a tab's frames, in the order in which they were given out."""
        return [each["frame"] for each in self.told if each["tab"] == tab and "frame" in each]

    def of(self, what: str) -> list[int]:
        """Return the tabs that told of it, as often as they did."""
        return [each["tab"] for each in self.told if what in each]


@pytest.mark.parametrize("end", ["close", "crash", "freeze"])
async def test_a59_two_tabs_share_a_socket_and_one_goes_on(end: str, runner: Runner) -> None:
    prepare()
    async with serving(CLIENT) as site, unkind(UnkindNetwork(runner.ws_url, 0)) as net:
        jobs = [f"tab-{random.getrandbits(48):x}" for _ in range(2)]
        common = {"url": net.url, "payload": json.dumps(WORK), "token": token(runner)}
        pages = [
            f"http://{site.address}/test/endpoint/tabs.html#{urlencode({**common, 'id': job})}"
            for job in jobs
        ]
        process = await asyncio.create_subprocess_exec(
            NODE,
            CLIENT / "build/test/endpoint/tabs.js",
            browser_path(),
            *pages,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin
        try:
            tabs = Tabs(process)
            for tab in (0, 1):
                await tabs.until_frames(tab, {"progress"})
            assert (net.handshakes, tabs.of("token"), tabs.of("socket")) == (1, [0], [0])
            process.stdin.write(f"{end} 0\n".encode())
            await tabs.until_frames(1, {"complete", "error"})
        finally:
            process.stdin.close()
            await asyncio.wait_for(process.wait(), 30)
    check_stream(tabs.frames(1))
    assert tabs.frames(1)[-1]["result"] == WORK
    assert {frame["request_id"] for frame in tabs.frames(1)} == {jobs[1]}
    assert (net.handshakes, tabs.of("token"), tabs.of("socket"), tabs.of("error")) == (2, [0, 1], [0, 1], [])
