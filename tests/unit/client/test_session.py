"""The client against an endpoint with jobs and a bad network, over real sockets."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from streamer.client import Client
from streamer.client.errors import ConnectionLost, ConnectionRefused, RequestFailed
from streamer.client.reconnect import Reconnect
from tests.unit.client.job_server import LAST, Frame, JobServer, job_server

FAST = Reconnect(first=0.001, most=0.01, give_up=5)
WHOLE = list(range(LAST + 1))


class Follower:
    """A client with one open job, `job`, and the numbers of the frames that it was given."""

    def __init__(self, server: JobServer, client: Client, changes: list[str]) -> None:
        self.server, self.client, self.changes = server, client, changes
        self.seen: list[Any] = []
        self.job = asyncio.create_task(self._follow())

    async def _follow(self) -> list[Any]:
        async for each in self.client.stream("report", request_id="job"):
            self.seen.append(each.get("seq"))
        return self.seen

    async def end(self) -> list[Any]:
        """Return the numbers of all frames."""
        return await asyncio.wait_for(self.job, 5)


def status_of(follower: Follower) -> str:
    return follower.client.connection.status


@asynccontextmanager
async def following(server: JobServer, **settings: Any) -> AsyncIterator[Follower]:
    changes: list[str] = []
    usual: dict[str, Any] = {"token": "secret", "reconnect": FAST, "gap_patience": 0.02, "silence": 3}
    client = Client(
        server.url, on_connection_change=lambda change, _: changes.append(change), **(usual | settings)
    )
    async with client:
        follower = Follower(server, client, changes)
        await server.until(lambda: "job" in server.jobs)
        try:
            yield follower
        finally:
            follower.job.cancel()
            await asyncio.wait([follower.job])


@pytest.mark.parametrize("boundary", WHOLE[1:])
async def test_a47_a_socket_cut_at_any_boundary_costs_no_frame(boundary: int) -> None:
    async with job_server() as server, following(server) as follower:
        await server.emit(count=boundary - 1)
        server.cut()
        await server.emit(count=LAST - boundary + 1)
        assert await follower.end() == WHOLE
        assert follower.changes == ["lost", "connected"]


async def test_sockets_cut_after_every_frame() -> None:
    async with job_server() as server, following(server) as follower:
        for _ in WHOLE[1:]:
            server.cut()
            server.connections.clear()
            await server.until(lambda: server.connections)
            await server.emit()
        assert await follower.end() == WHOLE


async def test_a_request_whose_acknowledgment_was_lost_is_sent_again_and_is_the_same_job() -> None:
    async with job_server() as server:
        server.copies = lambda _: 0
        async with following(server) as follower:
            await server.emit(count=3)
            server.cut()
            server.copies = lambda _: 1
            await server.until(lambda: server.asked("resume"))
            await server.emit(count=LAST - 3)
            assert await follower.end() == WHOLE
        assert [each["id"] for each in server.asked("report")] == ["job", "job"]
        assert [each["payload"]["seq"] for each in server.asked("resume")] == [0]


async def test_duplicates_and_reorderings_do_not_show() -> None:
    dice = random.Random(1)
    async with job_server() as server, following(server, gap_patience=5) as follower:
        server.copies = lambda _: dice.choice([0, 0, 1, 2])
        await server.emit(count=LAST)
        server.copies = lambda _: 1
        for seq in dice.sample(WHOLE, len(WHOLE)):
            await server.push(seq)
        assert await follower.end() == WHOLE
        assert not server.asked("resume")


async def test_a_missing_frame_is_asked_for() -> None:
    async with job_server() as server, following(server) as follower:
        server.copies = lambda frame: frame["seq"] != 4
        await server.emit(count=7)
        await server.until(lambda: server.asked("resume"))
        assert server.asked("resume")[0]["payload"] == {"request_id": "job", "seq": 3}
        await server.emit(count=LAST - 7)
        assert await follower.end() == WHOLE


async def test_a_lost_last_frame_is_asked_for_after_a_silence() -> None:
    async with job_server() as server, following(server, silence=0.05) as follower:
        server.copies = lambda frame: frame["seq"] != LAST
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE


async def test_a_quiet_job_does_not_let_the_connection_go_idle() -> None:
    async with job_server() as server, following(server, silence=0.05) as follower:
        server.idle = 0.5
        await server.until(lambda: len(server.asked("resume")) >= 15)
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE
        assert follower.changes == []


async def test_a_replay_comes_in_pages() -> None:
    async with job_server() as server, following(server) as follower:
        server.page = 3
        server.cut()
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE
        assert [each["payload"]["seq"] for each in server.asked("resume")] == [0, 3, 6, 9, 12, 15, 18]


async def test_a47_where_the_log_is_gone_the_rest_is_followed() -> None:
    async with job_server() as server, following(server) as follower:
        await server.emit(count=2)
        server.cut()
        await server.emit(count=7)
        server.jobs["job"].kept_from = 8
        await server.until(lambda: server.asked("resume"))
        await server.emit(count=LAST - 9)
        assert await follower.end() == [*follower.seen[:-10], *range(10, LAST + 1)]
        assert set(follower.seen[:-10]) <= {0, 1, 2}  # what came before the cut


async def test_a47_a_job_that_ended_unseen_ends_by_its_snapshot() -> None:
    async with job_server() as server, Client(server.url, "secret", reconnect=FAST) as client:
        job = asyncio.create_task(client.request("report", request_id="job"))
        await server.until(lambda: "job" in server.jobs)
        server.jobs["job"].kept_from = LAST
        server.copies = lambda _: 0
        server.cut()
        await server.emit(count=LAST)
        server.copies = lambda _: 1
        assert await asyncio.wait_for(job, 5) == {"of": "job"}


async def test_a_job_that_the_server_does_not_know_any_more_fails() -> None:
    async with job_server() as server, following(server) as follower:
        await server.emit(count=1)
        async with asyncio.timeout(5):
            while follower.seen != [0, 1]:
                await asyncio.sleep(0)
        server.jobs.clear()
        server.cut()
        assert (await follower.end())[-1] is None
        with pytest.raises(RequestFailed, match="NOT_FOUND"):  # and so does the next request
            job = asyncio.create_task(follower.client.request("report", request_id="other"))
            await server.until(lambda: "other" in server.jobs)
            await server.emit("other")
            await follower.client.request("echo", 1)
            del server.jobs["other"]
            server.cut()
            await asyncio.wait_for(job, 5)


async def test_failing_handshakes_are_repeated_with_a_fresh_token_each() -> None:
    fresh = iter(range(100))

    async def token() -> str:
        return f"token-{next(fresh)}"

    async with job_server() as server, following(server, token=token) as follower:
        server.refusals = [HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.TOO_MANY_REQUESTS] * 2
        server.cut()
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE
        assert server.tokens == [f"token-{number}" for number in range(6)]
        assert follower.changes == ["lost", "connected"]


async def test_a_token_that_cannot_be_had_for_a_while() -> None:
    tries = iter([True, False, True])

    def token() -> str:
        if next(tries):
            return "secret"
        raise LookupError("no network")

    async with job_server() as server, following(server, token=token) as follower:
        server.cut()
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN])
async def test_a_handshake_refused_for_good_ends_the_open_requests_and_no_later_one(
    status: HTTPStatus,
) -> None:
    async with job_server() as server, following(server) as follower:
        server.refusals = [status]
        server.cut()
        with pytest.raises(ConnectionRefused) as caught:
            await follower.end()
        assert caught.value.status == status
        assert await follower.client.request("echo", 1) == 1


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN])
async def test_a74_a_token_that_is_refused_is_replaced_once(status: HTTPStatus) -> None:
    fresh = iter(range(100))
    async with job_server() as server, following(server, token=lambda: f"token-{next(fresh)}") as follower:
        server.refusals = [status]
        server.cut()
        await server.emit(count=LAST - 1)
        await server.until(lambda: server.asked("resume"))
        assert status_of(follower) == "open"
        server.refusals = [status, status]
        server.cut()
        with pytest.raises(ConnectionRefused):
            await follower.end()
        assert status_of(follower) == "refused"
        assert server.tokens == [f"token-{number}" for number in range(5)]


async def test_an_outage_shows_in_the_connections_state_and_in_no_jobs() -> None:
    slow = Reconnect(first=1000, most=1000, give_up=2000)
    async with job_server() as server, following(server, reconnect=slow) as follower:
        assert status_of(follower) == "open"
        server.cut()
        async with asyncio.timeout(5):
            while status_of(follower) != "waiting":
                await asyncio.sleep(0)
        state = follower.client.connection
        assert time.time() < (state.retry_at or 0) <= time.time() + 1000
        assert "closed" in state.reason
        assert not follower.job.done()
    assert status_of(follower) == "closed"


async def test_a73_cursors_outlive_the_client() -> None:
    cursors: dict[str, int] = {}
    async with job_server() as server:
        async with following(server, cursors=cursors) as follower:
            await server.emit(count=3)
            async with asyncio.timeout(5):
                while cursors != {"job": 3}:
                    await asyncio.sleep(0)
            assert follower.seen == [0, 1, 2, 3]
        await server.emit(count=LAST - 3)
        async with Client(server.url, "secret", cursors=cursors) as client:
            ((job, seq),) = cursors.items()
            assert [each.get("seq") async for each in client.attach(job, after=seq)] == WHOLE[4:]
        assert cursors == {}


async def test_it_gives_up_in_the_end() -> None:
    brief = Reconnect(first=0.001, most=0.01, give_up=0.1)
    async with job_server() as server, following(server, reconnect=brief) as follower:
        server.refusals = [HTTPStatus.INTERNAL_SERVER_ERROR] * 10_000
        server.cut()
        with pytest.raises(ConnectionLost, match=r"with 500: .* nothing was heard for 0.1 s"):
            await follower.end()
        server.refusals = []
        assert await follower.client.request("echo", 1) == 1


async def test_connections_that_are_accepted_and_then_say_nothing_are_an_outage_too() -> None:
    brief = Reconnect(first=0.001, most=0.01, give_up=0.1)
    async with job_server() as server, following(server, reconnect=brief) as follower:
        server.answers = False
        async with asyncio.timeout(5):
            while not follower.job.done():
                server.cut()
                await asyncio.sleep(0)
        with pytest.raises(ConnectionLost):
            await follower.end()


async def test_a_quiet_client_connects_again_with_the_next_request_only() -> None:
    changes: list[str] = []
    async with (
        job_server() as server,
        Client(
            server.url,
            "secret",
            reconnect=Reconnect(first=1000, most=1000, give_up=2000),
            on_connection_change=lambda change, _: changes.append(change),
        ) as client,
    ):
        await client.request("echo", 1)
        lost = client._session._line.current
        server.cut()
        async with asyncio.timeout(5):
            while client._session._line.current is lost:
                await asyncio.sleep(0)
        assert changes == ["lost"]
        assert await client.request("echo", 2, timeout=5) == 2  # without the wait of an outage
        assert changes == ["lost", "connected"]


async def test_a10_before_the_end_of_its_life_a_connection_is_replaced_without_a_trace() -> None:
    async with job_server() as server, following(server, life=0.1, silence=60) as follower:
        server.copies = lambda frame: 2
        async with asyncio.timeout(5):
            while len(server.connections) < 3:  # goes on speaking, on whatever there is
                if len(server.jobs["job"].log) < LAST - 1:
                    await server.emit()
                await asyncio.sleep(0.01)
        first = server.connections[0]
        await asyncio.wait_for(first.wait_closed(), 5)
        await server.emit(count=LAST + 1 - len(server.jobs["job"].log))
        assert await follower.end() == WHOLE
        assert set(follower.changes) == {"moved"}
        assert first.close_code == 1000


@asynccontextmanager
async def moved_with_a_request_unanswered(
    server: JobServer, action: str
) -> AsyncIterator[tuple[Follower, asyncio.Task[Any], ServerConnection]]:
    """Yield after a move: the old connection still owes the answer to a request, `late`."""
    async with following(server, life=0.4, silence=60) as follower:
        old = server.connections[0]
        server.answers = False
        late = asyncio.create_task(follower.client.request(action, "late", request_id="late"))
        await server.until(lambda: server.received[-1]["id"] == "late")
        server.answers = True
        await server.until(lambda: len(server.connections) > 1 and server.asked("resume"))
        assert old.close_code is None
        yield follower, late, old
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE


async def test_what_was_asked_on_the_old_connection_is_answered_there() -> None:
    async with job_server() as server, moved_with_a_request_unanswered(server, "echo") as (_, late, old):
        await server.answer(old, server.asked("echo")[0])
        assert await asyncio.wait_for(late, 5) == "late"
        await asyncio.wait_for(old.wait_closed(), 5)
        assert len(server.asked("echo")) == 1


async def test_a_job_accepted_on_the_old_connection_is_followed_on_the_new() -> None:
    async with job_server() as server, moved_with_a_request_unanswered(server, "report") as (_, late, old):
        await server.answer(old, server.asked("report")[1])
        await server.until(lambda: server.asked("resume")[-1]["payload"]["request_id"] == "late")
        assert len(server.connections) == 2
        await server.emit("late", LAST)
        assert await asyncio.wait_for(late, 5) == {"of": "late"}
        assert len(server.asked("report")) == 2


async def test_what_the_old_connection_takes_with_it_is_asked_again() -> None:
    async with job_server() as server, moved_with_a_request_unanswered(server, "echo") as (_, late, old):
        old.transport.abort()
        assert await asyncio.wait_for(late, 5) == "late"
        assert len(server.asked("echo")) == 2


async def test_only_a_word_from_the_server_ends_an_outage() -> None:
    brief = Reconnect(first=0.001, most=0.01, give_up=0.3)
    async with job_server() as server, following(server, reconnect=brief) as follower:
        start = time.monotonic()
        while time.monotonic() < start + 0.6:  # longer than it would bear without
            server.received.clear()
            server.cut()
            await server.until(lambda: server.asked("resume"))
            await follower.client.request("echo", 1)
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE


async def test_a_successor_that_cannot_be_had_leaves_the_connection_in_use() -> None:
    async with job_server() as server, following(server, life=0.05) as follower:
        server.refusals = [HTTPStatus.INTERNAL_SERVER_ERROR] * 2
        await server.until(lambda: len(server.connections) == 2)
        await server.emit(count=LAST)
        assert await follower.end() == WHOLE
        assert "lost" not in follower.changes


async def test_many_jobs_over_a_network_that_does_everything_wrong() -> None:
    dice = random.Random(7)
    ids = [f"job-{number}" for number in range(20)]
    seen: dict[str, list[Any]] = {name: [] for name in ids}

    async def follow(client: Client, name: str) -> None:
        async for each in client.stream("report", request_id=name):
            seen[name].append(each.get("seq"))

    def unreliable(_: Frame) -> int:
        return dice.choice([0, 1, 1, 1, 2])

    async with (
        job_server() as server,
        Client(server.url, "secret", reconnect=FAST, gap_patience=0.02, silence=0.2, life=0.3) as client,
        asyncio.TaskGroup() as followers,
    ):
        for name in ids:
            followers.create_task(follow(client, name))
        await server.until(lambda: len(server.jobs) == len(ids))
        server.copies, server.page = unreliable, 4
        for _ in range(LAST):
            for name in dice.sample(ids, len(ids)):
                await server.emit(name)
            if dice.random() < 0.5:
                server.refusals = [HTTPStatus.INTERNAL_SERVER_ERROR] * dice.randrange(3)
                server.cut()
    assert seen == dict.fromkeys(ids, WHOLE)
