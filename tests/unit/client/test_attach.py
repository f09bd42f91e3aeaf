"""Following a job by its id alone, from wherever its reader was; and asking about jobs."""

import asyncio
from typing import Any

import pytest

from streamer.client import Client, RequestFailed
from streamer.client.reconnect import Reconnect
from tests.unit.client.endpoint import acknowledgment, endpoint, frame
from tests.unit.client.job_server import LAST, Frame, Job, JobServer, job_server

FAST = Reconnect(first=0.001, most=0.01, give_up=5)
WHOLE = list(range(LAST + 1))


async def started(server: JobServer, frames: int) -> None:
    """Let another device's job be there, and have said something."""
    request = {"action": "report", "id": "job"}
    server.jobs["job"] = Job(request, [acknowledgment(request)])
    await server.emit(count=frames)


async def numbers(client: Client, after: int = -1) -> list[Any]:
    async with asyncio.timeout(5):
        return [each.get("seq") for each in [frame async for frame in client.attach("job", after=after)]]


@pytest.mark.parametrize("after", [-1, 0, 1, 7, LAST - 1, LAST])
async def test_a_job_that_ended_comes_from_the_cursor_on_with_its_end_whatever_the_cursor(after: int) -> None:
    async with job_server() as server, Client(server.url, "secret") as client:
        await started(server, LAST)
        assert await numbers(client, after) == (WHOLE[after + 1 :] or [LAST])
        assert len(server.received) == 1


async def test_a_running_job_is_followed_without_its_payload_and_across_cuts() -> None:
    async with job_server() as server, Client(server.url, "secret", reconnect=FAST) as client:
        await started(server, 5)
        followed = asyncio.create_task(numbers(client, 3))
        await server.until(lambda: server.asked("resume"))
        await server.emit(count=4)
        server.cut()
        await server.emit(count=LAST - 9)
        assert await followed == WHOLE[4:]
        assert {each["action"] for each in server.received} == {"resume"}


async def test_a_cursor_of_no_frame_is_that_of_another_job() -> None:
    async with job_server() as server, Client(server.url, "secret") as client:
        await started(server, LAST)
        assert await numbers(client, 500) == WHOLE


async def test_of_a_job_whose_log_is_gone_the_end_is_left() -> None:
    async with job_server() as server, Client(server.url, "secret") as client:
        await started(server, LAST)
        server.jobs["job"].kept_from = LAST + 1
        assert await numbers(client, 3) == [LAST]
        assert await numbers(client, LAST) == [LAST]


async def test_an_unknown_job_is_not_waited_for() -> None:
    async with job_server() as server, Client(server.url, "secret") as client:
        (only,) = [each async for each in client.attach("job")]
        assert only["type"] == "error"
        assert (only["error"]["code"], only["request_id"]) == ("NOT_FOUND", "job")


async def test_a_job_that_is_followed_already_is_refused() -> None:
    async with job_server() as server, Client(server.url, "secret") as client:
        followed = asyncio.create_task(client.request("report", request_id="job"))
        await server.until(lambda: "job" in server.jobs)
        with pytest.raises(ValueError, match="job is still open"):
            await anext(client.attach("job"))
        await server.emit(count=LAST)
        assert await followed == {"of": "job"}


def answering(said: dict[str, list[Any]], asked: list[Frame]) -> Any:
    """Return an endpoint's answers: of each action its own, in turn; a string is an error code."""

    def answer(request: Frame) -> Any:
        asked.append(request)
        data = said[request["action"]].pop(0)
        if isinstance(data, str):
            yield frame("error", request, error={"code": data, "message": "no"})
        else:
            yield frame("response", request, data=data)

    return answer


@pytest.mark.parametrize(
    ("cancel", "status", "expected"),
    [
        ({"status": "CANCELLED"}, None, "cancelled"),
        ("CONFLICT", "COMPLETED", "finished first"),
        ("CONFLICT", "CANCELLED", "cancelled"),
    ],
)
async def test_cancel_says_what_became_of_the_job(cancel: Any, status: str | None, expected: str) -> None:
    said = {"cancel": [cancel], "status": [{"status": status}]}
    async with endpoint(answering(said, [])) as url, Client(url, "secret") as client:
        assert await client.cancel("job") == expected


async def test_cancel_and_status_of_an_unknown_job_fail() -> None:
    said = {"cancel": ["NOT_FOUND"], "status": ["NOT_FOUND"]}
    async with endpoint(answering(said, [])) as url, Client(url, "secret") as client:
        with pytest.raises(RequestFailed, match="NOT_FOUND"):
            await client.cancel("job")
        with pytest.raises(RequestFailed, match="NOT_FOUND"):
            await client.status("job")


async def test_jobs_reads_every_page() -> None:
    asked: list[Frame] = []
    pages = [
        {"jobs": [{"request_id": "b"}], "cursor": "2.000/b"},
        {"jobs": [{"request_id": "a"}], "cursor": None},
    ]
    async with endpoint(answering({"list": pages}, asked)) as url, Client(url, "secret") as client:
        assert [job["request_id"] async for job in client.jobs()] == ["b", "a"]
    assert [each["payload"]["cursor"] for each in asked] == [None, "2.000/b"]
