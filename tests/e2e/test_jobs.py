"""Rows 24 to 28 and 43 to 49: what clients do with their jobs, over real sockets."""

import asyncio
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb.service_resource import Table

from demo.runner_process import Runner, running
from tests.e2e.conftest import CREDENTIALS
from tests.e2e.sockets import Frame, ask, check_stream, follow, receive, run, send, socket
from tests.support.trouble import application


def aws(runner: Runner, service: str) -> Any:
    return boto3.client(service, endpoint_url=runner.endpoint_url, **CREDENTIALS)  # type: ignore[call-overload]


async def first_progress(connection: Any) -> None:
    while (await receive(connection))["type"] != "progress":
        pass


async def test_a24_the_same_id_with_another_payload(runner: Runner) -> None:
    async with socket(runner) as c:
        request_id = await send(c, "trouble", {"items": 20, "seconds": 0.05}, id="row-24")
        await first_progress(c)
        await send(c, "trouble", {"items": 1}, id="row-24")
        frames = [await receive(c)]
        while frames[-1]["type"] not in {"complete"}:
            frames.append(await receive(c))
    (conflict,) = [frame for frame in frames if frame["type"] == "error"]
    assert conflict["error"]["code"] == "CONFLICT"
    assert "seq" not in conflict
    assert (frames[-1]["request_id"], len(frames[-1]["result"]["done"])) == (request_id, 20)


async def test_a26_the_quota(tmp_path_factory: pytest.TempPathFactory) -> None:
    template = application(tmp_path_factory.mktemp("quota"))
    with running(template=template, overrides=["MostJobsPerTenant=2"]) as runner:
        async with socket(runner) as c, socket(runner, tenant="globex") as other:
            one = await send(c, "trouble", {"items": 10, "seconds": 0.1})
            two = await send(c, "trouble", {"items": 40, "seconds": 0.1})
            for _ in range(2):
                await receive(c)
            await send(c, "trouble", {"items": 1}, id="third")
            while (frame := await receive(c))["request_id"] != "third":
                pass
            assert frame["error"]["code"] == "RATE_LIMITED"
            assert frame["error"]["details"]["retry_after"] >= 1
            assert (await run(other, "trouble", {"items": 1}))[-1]["type"] == "complete"
            assert (await follow(c, one))[-1]["type"] == "complete"
            check_stream(await run(c, "trouble", {"items": 1}, id="third"))
            assert (await follow(c, two))[-1]["type"] == "complete"


async def test_a27_cancel(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c, socket(runner, tenant="globex") as other:
        request_id = await send(c, "trouble", {"items": 100, "seconds": 0.05}, id="row-27")
        await first_progress(c)
        assert (await ask(other, "cancel", {"request_id": request_id}))["error"]["code"] == "NOT_FOUND"
        async with socket(runner, user="grace") as grace:
            assert (await ask(grace, "cancel", {"request_id": request_id}))["error"]["code"] == "UNAUTHORIZED"
        await send(c, "cancel", {"request_id": request_id}, id="cancel-27")
        frames: list[Frame] = []
        while not {"error", "response"} <= {frame["type"] for frame in frames}:
            frames.append(await receive(c))
        (last,) = [frame for frame in frames if frame["type"] == "error"]
        assert last["error"]["code"] == "CANCELLED"
        assert last["partial"]["stage"] == "Do the work"
        assert (await ask(c, "cancel", {"request_id": request_id}))["error"]["code"] == "CONFLICT"
    assert jobs.get_item(Key={"pk": "acme#row-27", "sk": "job"})["Item"]["status"] == "CANCELLED"
    states = aws(runner, "stepfunctions")
    machines = [each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"]]
    aborted = [
        each
        for machine in machines
        for each in states.list_executions(stateMachineArn=machine, statusFilter="ABORTED")["executions"]
    ]
    assert aborted


async def test_a27_anothers_job_is_cancelled_by_who_is_permitted_to(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c, socket(runner, user="grace", permissions="jobs:cancel") as grace:
        request_id = await send(c, "trouble", {"items": 100, "seconds": 0.05}, id="row-27-permitted")
        await first_progress(c)
        answer = await ask(grace, "cancel", {"request_id": request_id})
        assert answer["data"] == {"request_id": request_id, "status": "CANCELLED"}
        assert (await follow(c, request_id))[-1]["error"]["details"] == {"by": "grace"}
    assert (
        jobs.get_item(Key={"pk": "acme#row-27-permitted", "sk": "job"})["Item"]["cause"]
        == "cancelled by grace"
    )


async def test_a28_status_and_list_are_the_tenants_own(runner: Runner) -> None:
    async with socket(runner, tenant="globex") as other:
        await run(other, "trouble", {"items": 1}, id="row-28")
        await run(other, "trouble", {"items": 1}, id="row-28b")
        page = (await ask(other, "list", {"limit": 1}))["data"]
        assert [job["request_id"] for job in page["jobs"]] == ["row-28b"]
        page = (await ask(other, "list", {"limit": 1, "cursor": page["cursor"]}))["data"]
        assert [job["request_id"] for job in page["jobs"]] == ["row-28"]
        assert page["jobs"][0]["status"] == "COMPLETED"
    async with socket(runner) as c:
        assert (await ask(c, "status", {"request_id": "row-28"}))["error"]["code"] == "NOT_FOUND"
        ours = (await ask(c, "list", {"limit": 100}))["data"]["jobs"]
        assert not {"row-28", "row-28b"} & {job["request_id"] for job in ours}


async def test_a47_resume_on_another_connection_brings_what_was_missed_and_what_comes(runner: Runner) -> None:
    async with socket(runner) as c:
        request_id = await send(c, "trouble", {"items": 40, "seconds": 0.1}, id="row-47")
        seen = [await receive(c) for _ in range(5)]
        c.transport.abort()
    await asyncio.sleep(0)  # the first connection is gone; frames are lost meanwhile
    async with socket(runner) as c:
        await send(c, "resume", {"request_id": request_id, "seq": seen[-1]["seq"]}, id="resume-47")
        live: list[Frame] = []
        while (frame := await receive(c))["request_id"] != "resume-47":
            live.append(frame)
        assert frame["data"]["recovered"] is True
        rest = await follow(c, request_id)
    frames = sorted([*seen, *frame["data"]["frames"], *live, *rest], key=lambda each: each["seq"])
    check_stream(frames)  # no hole, and nothing twice
    assert frames[-1]["result"]["done"] == list(range(40))


async def test_a47_resume_after_the_end_replays_it_all(runner: Runner) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 5}, id="row-47b")
    async with socket(runner) as c:
        data = (await ask(c, "resume", {"request_id": "row-47b", "seq": -1}))["data"]
    assert data == {"recovered": True, "frames": frames, "more": False}


async def test_a48_two_devices_both_receive(runner: Runner) -> None:
    async with socket(runner) as phone, socket(runner) as tablet, socket(runner, tenant="globex") as other:
        request_id = await send(phone, "trouble", {"items": 30, "seconds": 0.1}, id="row-48")
        await first_progress(phone)
        refused = await ask(other, "resume", {"request_id": request_id, "seq": -1})
        assert refused["error"]["code"] == "NOT_FOUND"
        await send(tablet, "resume", {"request_id": request_id, "seq": -1}, id="join-48")
        frames: list[Frame] = []
        while not frames or frames[-1]["type"] not in {"complete", "error"}:
            frame = await receive(tablet)
            frames += frame["data"]["frames"] if frame["request_id"] == "join-48" else [frame]
        check_stream(sorted(frames, key=lambda each: each["seq"]))
        assert (await follow(phone, request_id))[-1] == frames[-1]


@pytest.mark.parametrize(("end", "code"), [("stop", "CANCELLED")])
async def test_a43_an_execution_that_is_aborted_in_the_console(end: str, code: str, runner: Runner) -> None:
    states, row_id = aws(runner, "stepfunctions"), f"row-43-{end}"
    async with socket(runner) as c:
        request_id = await send(c, "trouble", {"items": 100, "seconds": 0.1}, id=row_id)
        await first_progress(c)
        (machine,) = [
            each["stateMachineArn"]
            for each in states.list_state_machines()["stateMachines"]
            if "trouble" in each["name"].lower()
        ]
        (execution,) = [
            each["executionArn"]
            for each in states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        ]
        states.stop_execution(executionArn=execution)
        frames = await follow(c, request_id)
        assert frames[-1]["error"]["code"] == code
        assert (await ask(c, "status", {"request_id": row_id}))["data"]["status"] == "CANCELLED"
