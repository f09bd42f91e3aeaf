"""Rows 10, 50 and 58: our client against the runner, over a network that fails."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from demo.runner_process import Runner
from streamer.client import Client
from streamer.client.errors import ConnectionLost, ConnectionRefused, RequestFailed
from streamer.client.frames import ServerFrame
from streamer.client.reconnect import Reconnect
from tests.e2e.sockets import Frame, check_stream, token

QUICK = Reconnect(first=0.05, most=0.2)


class Network:
    """Between client and runner: TCP that a test cuts, or takes down altogether."""

    def __init__(self, runner: Runner) -> None:
        self._there = urlsplit(runner.ws_url)
        self._open: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.down = False
        self.attempts: list[float] = []

    def cut(self) -> None:
        """End all connections, with what is under way."""
        for writer in self._open:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client with the runner."""
        self.attempts.append(time.monotonic())
        if self.down:
            writer.transport.abort()
            return
        there = await asyncio.open_connection(self._there.hostname, self._there.port)
        self._open |= {writer, there[1]}
        await asyncio.gather(self._pipe(reader, there[1]), self._pipe(there[0], writer))
        self._open -= {writer, there[1]}

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def network(runner: Runner) -> AsyncIterator[Network]:
    between = Network(runner)
    server = await asyncio.start_server(between.carry, "127.0.0.1", 0)
    between.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}{between._there.path}"
    async with server:
        yield between
        between.cut()


async def stream(client: Client, **payload: Any) -> list[Frame]:
    """Return all frames of a job as the client hands them out."""
    frames: list[ServerFrame] = [frame async for frame in client.stream("trouble", payload)]
    return [dict(frame) for frame in frames]


async def test_a10_the_client_moves_to_a_second_socket_without_a_gap_or_a_duplicate(runner: Runner) -> None:
    changes: list[str] = []
    async with Client(
        runner.ws_url,
        lambda: token(runner),
        life=1,
        on_connection_change=lambda change, _: changes.append(change),
    ) as client:
        jobs = await asyncio.gather(*(stream(client, items=40, seconds=0.1) for _ in range(3)))
        assert await client.request("echo", "still here") == {"echo": "still here"}
    for frames in jobs:
        check_stream(frames)
        assert frames[-1]["result"]["done"] == list(range(40))
    assert changes.count("moved") >= 2
    assert set(changes) == {"moved"}


async def test_a50_a_socket_cut_after_every_frame(runner: Runner) -> None:
    async with (
        network(runner) as net,
        Client(net.url, token(runner), reconnect=Reconnect(first=0.01, most=0.05)) as client,
    ):
        frames: list[Frame] = []
        async for frame in client.stream("trouble", {"items": 20, "seconds": 0.2}):
            frames.append(dict(frame))
            net.cut()
    check_stream(frames)
    assert frames[-1]["result"]["done"] == list(range(20))
    assert len(net.attempts) > 5


async def test_a58_it_resolves_or_raises(runner: Runner) -> None:
    seen: list[float] = []
    async with Client(runner.ws_url, token(runner)) as client:
        result = await client.request(
            "trouble", {"items": 3}, on_progress=lambda frame: seen.append(frame["percentage"])
        )
        assert result["done"] == [0, 1, 2]
        assert (seen[0], seen[-1], seen) == (0, 100, sorted(seen))
        with pytest.raises(RequestFailed, match="PROCESSING_FAILED: This cannot work") as failed:
            await client.request("trouble", {"items": 3, "permanent_at": 1})
        assert failed.value.partial
        with pytest.raises(RequestFailed, match="INVALID_ACTION"):
            await client.request("nothing")
    with pytest.raises(ConnectionRefused) as refused:
        await Client(runner.ws_url, "no token").__aenter__()
    assert refused.value.status in {401, 403}


async def test_a58_an_outage_does_not_show(runner: Runner) -> None:
    changes: list[str] = []
    async with (
        network(runner) as net,
        Client(
            net.url,
            token(runner),
            reconnect=QUICK,
            on_connection_change=lambda change, _: changes.append(change),
        ) as client,
    ):
        jobs = [asyncio.create_task(stream(client, items=20, seconds=0.1)) for _ in range(5)]
        assert await client.request("echo", 1) == {"echo": 1}
        net.down = True
        net.cut()
        async with asyncio.timeout(10):
            while len(net.attempts) < 8:  # the jobs go on, and some of them end
                await asyncio.sleep(0.02)
        during = asyncio.create_task(client.request("echo", "sent in the outage"))
        net.down = False
        for frames in await asyncio.gather(*jobs):
            check_stream(frames)
            assert frames[-1]["result"]["done"] == list(range(20))
        assert await during == {"echo": "sent in the outage"}
    assert changes == ["lost", "connected"]
    waits = [after - before for before, after in zip(net.attempts[1:], net.attempts[2:], strict=False)]
    assert max(waits) < 1


async def test_a58_a_refusal_is_final_and_an_outage_ends_some_time(runner: Runner) -> None:
    tokens = iter([token(runner), "expired", "expired again", token(runner)])
    async with network(runner) as net:
        async with Client(net.url, lambda: next(tokens), reconnect=QUICK) as client:
            job = asyncio.create_task(client.request("trouble", {"items": 50, "seconds": 0.1}))
            await client.request("echo")
            net.cut()
            with pytest.raises(ConnectionRefused):
                await job
            assert await client.request("echo", "with a fresh token") == {"echo": "with a fresh token"}
        brief = Reconnect(first=0.05, most=0.1, give_up=0.5)
        async with Client(net.url, token(runner), reconnect=brief) as client:
            job = asyncio.create_task(client.request("trouble", {"items": 50, "seconds": 0.1}))
            await client.request("echo")
            net.down = True
            net.cut()
            with pytest.raises(ConnectionLost):
                await job


async def test_a58_a_quiet_job_is_asked_after(runner: Runner) -> None:
    async with network(runner) as net, Client(net.url, token(runner), silence=0.3) as client:
        frames = await stream(client, items=2, silence=2)
    check_stream(frames)
    assert len(net.attempts) == 1


async def test_a73_a_job_is_attached_to_by_its_id_while_it_runs_and_after_its_end(runner: Runner) -> None:
    async with Client(runner.ws_url, token(runner)) as owner, Client(runner.ws_url, token(runner)) as other:
        frames: list[Frame] = []
        followed: asyncio.Task[list[Frame]] | None = None
        async for frame in owner.stream("trouble", {"items": 20, "seconds": 0.1}, request_id="row-73"):
            frames.append(dict(frame))
            followed = followed or asyncio.create_task(attached(other, "row-73", 0))
        assert followed
        assert await followed == frames[1:]
        assert await attached(other, "row-73", len(frames) - 3) == frames[-2:]
        assert await attached(other, "row-73", len(frames) - 1) == frames[-1:]
        assert (await other.status("row-73"))["result"] == frames[-1]["result"]
        assert await other.cancel("row-73") == "finished first"
        assert "row-73" in {job["request_id"] async for job in other.jobs()}


async def test_a48_two_clients_of_one_user_both_receive_and_another_tenants_nothing(runner: Runner) -> None:
    async with (
        Client(runner.ws_url, token(runner)) as phone,
        Client(runner.ws_url, token(runner)) as tablet,
        Client(runner.ws_url, token(runner, tenant="globex")) as stranger,
    ):
        frames: list[Frame] = []
        followed: list[asyncio.Task[list[Frame]]] = []
        async for frame in phone.stream("trouble", {"items": 10, "seconds": 0.1}, request_id="client-48"):
            frames.append(dict(frame))
            if not followed:
                clients = (tablet, stranger)
                followed = [asyncio.create_task(attached(each, "client-48", -1)) for each in clients]
        ours, (refused,) = await asyncio.gather(*followed)
    check_stream(frames)
    assert ours == frames
    assert refused["error"]["code"] == "NOT_FOUND"


async def attached(client: Client, request_id: str, after: int) -> list[Frame]:
    """Return a job's frames after a number, as another device gets them."""
    return [dict(frame) async for frame in client.attach(request_id, after=after)]
