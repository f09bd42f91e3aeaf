"""The client against a scripted endpoint over a real socket."""

import asyncio
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from streamer.client import Client
from streamer.client.errors import ConnectionLost, ConnectionRefused, RequestFailed
from tests.unit.client.endpoint import acknowledgment, complete, endpoint, frame, progress


def echo(request: dict[str, Any]) -> Iterator[Any]:
    yield frame(
        "response", request, data={"echo": request.get("payload"), "metadata": request.get("metadata")}
    )


def shuffled_job(request: dict[str, Any]) -> Iterator[Any]:
    yield progress(request, 1)
    yield progress(request, 3)
    yield acknowledgment(request)
    yield progress(request, 3)
    yield progress(request, 2)
    yield complete(request, 4, {"for": request["id"]})


def silence(_: dict[str, Any]) -> Iterator[Any]:
    yield from ()


async def test_a_quick_action_returns_its_data() -> None:
    async with endpoint(echo) as url, Client(url, "secret") as client:
        data = await client.request("echo", {"n": 2**60}, metadata={"k": "v"})
    assert data == {"echo": {"n": 2**60}, "metadata": {"k": "v"}}


async def test_a_job_returns_its_result_and_calls_back_in_order() -> None:
    seen: list[Any] = []
    async with endpoint(shuffled_job) as url, Client(url, "secret") as client:
        result = await client.request(
            "report",
            request_id="job-1",
            on_acknowledgment=lambda frame: seen.append(frame["seq"]),
            on_progress=lambda frame: seen.append(frame["seq"]),
        )
        assert result == {"for": "job-1"}
        assert seen == [0, 1, 2, 3]
        assert await client.request("report", request_id="job-1") == {"for": "job-1"}


async def test_many_requests_at_once_get_their_own_frames() -> None:
    async with endpoint(shuffled_job) as url, Client(url, "secret") as client:
        ids = [f"job-{number}" for number in range(200)]
        results = await asyncio.gather(*(client.request("report", request_id=name) for name in ids))
    assert [result["for"] for result in results] == ids


async def test_an_error_frame_raises_with_all_it_says() -> None:
    partial = {"percentage": 30, "message": "m", "stage": "query", "completed_stages": []}

    def fail(request: dict[str, Any]) -> Iterator[Any]:
        yield acknowledgment(request)
        error = {"code": "TIMEOUT", "message": "too slow", "details": {"stage": "query"}}
        yield frame("error", request, seq=1, error=error, partial=partial)

    async with endpoint(fail) as url, Client(url, "secret") as client:
        with pytest.raises(RequestFailed, match="TIMEOUT: too slow") as caught:
            await client.request("report", request_id="job-1")
    assert (caught.value.code, caught.value.request_id) == ("TIMEOUT", "job-1")
    assert (caught.value.details, caught.value.partial) == ({"stage": "query"}, partial)


async def test_a_partial_success_returns_its_result() -> None:
    async with (
        endpoint(
            lambda request: iter([acknowledgment(request), complete(request, 1, {"failed": 2}, False)])
        ) as url,
        Client(url, "secret") as client,
    ):
        assert await client.request("bulk") == {"failed": 2}


@pytest.mark.parametrize(
    "status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.INTERNAL_SERVER_ERROR]
)
async def test_a_refused_handshake_says_so_without_the_token(status: HTTPStatus) -> None:
    async with endpoint(echo, status=status) as url:
        with pytest.raises(
            ConnectionRefused, match=f"refused the connection with {status.value}: "
        ) as caught:
            await Client(f"{url}?Authorization=secret", "secret").__aenter__()
    assert caught.value.status == status
    assert "secret" not in str(caught.value)


async def test_nobody_there() -> None:
    with pytest.raises(ConnectionRefused, match=r"cannot reach ws://127\.0\.0\.1:1") as caught:
        await Client("ws://127.0.0.1:1", "secret").__aenter__()
    assert caught.value.status is None


async def test_leaving_ends_open_requests() -> None:
    async with endpoint(silence) as url:
        async with Client(url, "secret") as client:
            waiting = asyncio.create_task(client.request("report"))
            await asyncio.sleep(0)
        with pytest.raises(ConnectionLost):
            await waiting
        with pytest.raises(ConnectionLost):
            await client.request("report")


async def test_timeout() -> None:
    async with endpoint(silence) as url, Client(url, "secret") as client:
        with pytest.raises(TimeoutError):
            await client.request("report", request_id="job-1", timeout=0.05)
        with pytest.raises(TimeoutError):  # the id is free again
            await client.request("report", request_id="job-1", timeout=0.05)


async def test_an_open_id_cannot_be_used_twice_on_one_client() -> None:
    async with endpoint(silence) as url, Client(url, "secret") as client:
        first = asyncio.create_task(client.request("report", request_id="job-1", timeout=1))
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="job-1 is still open"):
            await client.request("report", request_id="job-1")
        first.cancel()
        await asyncio.wait([first])


async def test_the_gateways_own_error_fails_the_one_request_that_it_can_be_about() -> None:
    def broken(request: dict[str, Any]) -> Iterator[Any]:
        yield {"message": "Internal server error", "connectionId": "c", "requestId": "x"}
        if request["action"] == "echo":
            yield from echo(request)

    unmatched: list[Any] = []
    async with endpoint(broken) as url, Client(url, "secret", on_unmatched=unmatched.append) as client:
        with pytest.raises(RequestFailed, match="INTERNAL_ERROR: Internal server error"):
            await client.request("report")
        assert unmatched == []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await asyncio.gather(client.request("report"), client.request("report"))
        assert [message["requestId"] for message in unmatched] == ["x", "x"]


async def test_noise_is_reported_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def noisy(request: dict[str, Any]) -> Iterator[Any]:
        yield "not JSON"
        yield "[]"
        yield frame("progress", {"id": "unknown"}, seq=1)
        yield from echo(request)

    caplog.set_level("DEBUG", "streamer")
    async with endpoint(noisy) as url, Client(url, "secret") as client:
        assert (await client.request("echo", "hi"))["echo"] == "hi"
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "DEBUG"]


async def test_a_failing_hook_ends_the_connection_rather_than_leave_requests_waiting() -> None:
    def refuse(message: Any) -> None:
        raise LookupError(message)

    async with endpoint(lambda request: iter(["noise"])) as url:
        client = Client(url, "secret", on_unmatched=refuse)
        await client.__aenter__()
        with pytest.raises(ConnectionLost):
            await client.request("echo")
        with pytest.raises(LookupError):
            await client.__aexit__(None, None, None)


async def test_large_messages_are_sent_in_frames_that_api_gateway_takes() -> None:
    async with endpoint(echo) as url, Client(url, "secret") as client:
        large = "é" * 20_000
        answers = await asyncio.gather(*(client.request("echo", large) for _ in range(3)))
    assert [answer["echo"] for answer in answers] == [large] * 3


async def test_a_message_that_api_gateway_would_never_take_is_not_sent() -> None:
    async with endpoint(echo) as url, Client(url, "secret") as client:
        with pytest.raises(ValueError, match="131072 are possible"):
            await client.request("echo", "x" * 131_072)
        assert (await client.request("echo", "x" * 130_900))["echo"]


def test_a_refused_request_says_what_was_wrong_with_it() -> None:
    faults = [{"path": "$.payload.a", "message": "Field required"}]
    assert str(RequestFailed("VALIDATION_ERROR", "Not valid.", faults, None, "r")) == (
        "VALIDATION_ERROR: Not valid.\n  $.payload.a: Field required"
    )
    assert str(RequestFailed("CONFLICT", "Decided.", {"by": "ada"}, None, "r")) == "CONFLICT: Decided."
