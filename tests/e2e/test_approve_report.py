"""A report that waits for a person: real sockets, real engine, real people's races."""

import asyncio
import json
import time
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from mypy_boto3_dynamodb.service_resource import Table
from mypy_boto3_s3 import S3Client
from websockets.asyncio.client import ClientConnection

from demo import flights
from demo.runner_process import Runner, running
from streamer.client import Client
from tests.e2e.conftest import s3_of
from tests.e2e.sockets import Frame, ask, check_stream, follow, receive, run, send, socket, token
from tests.e2e.test_jobs import aws
from tests.e2e.test_report import download
from tests.support.stack import ROOT
from tests.support.trouble import application

DAYS = {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "csv"}
PAYLOAD = {"report": DAYS, "approvers": ["grace", "linus"]}
RECORDS = sum(rows for day, _, rows in flights.partitions(flights.JANUARY) if day.day <= 3)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Runner]:
    """What ships, with approvers who have three seconds."""
    overrides = ["ApprovalHeartbeatSeconds=3", "ApprovalTimeoutSeconds=60"]
    with running(template=ROOT / "template.yaml", overrides=overrides) as started:
        yield started


async def wait_for_question(connection: ClientConnection) -> list[Frame]:
    """Return the frames up to the one that asks."""
    frames: list[Frame] = []
    while not (frames and frames[-1].get("metadata", {}).get("waiting_for")):
        frames.append(await receive(connection))
    return frames


async def decide(connection: ClientConnection, request_id: str, decision: str, **more: Any) -> Frame:
    return await ask(connection, "approve", {"request_id": request_id, "decision": decision, **more})


def stored(s3: S3Client, runner: Runner, request_id: str, where: str = "results") -> list[str]:
    found = s3.list_objects_v2(Bucket=runner.bucket, Prefix=f"{where}/acme/{request_id}/")
    return [each["Key"] for each in found.get("Contents", [])]


async def test_an_approved_report_is_published(runner: Runner, s3: S3Client) -> None:
    async with socket(runner) as c, socket(runner, user="grace") as grace:
        request_id = await send(c, "approve_report", PAYLOAD, id="approve-1")
        frames = await wait_for_question(c)
        assert (frames[-1]["percentage"], frames[-1]["stage"]) == (70, "Wait for a decision")
        asked = {"waiting_for": "approve", "approvers": ["grace", "linus"], "records": RECORDS}
        assert asked.items() <= frames[-1]["metadata"].items()
        assert stored(s3, runner, request_id) == []
        (key,) = [key for key in stored(s3, runner, request_id, "work") if key.endswith(".csv")]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            await download(f"{runner.endpoint_url}/{runner.bucket}/{key}")
        payload = {"format": "csv", "pipeline": [{"filter": "True"}], "output": {"format": "csv"}}
        read = await run(grace, "process_data", payload | {"source": {"bucket_key": key}})
        assert "no such" in read[-1]["error"]["message"]
        begin = time.time()
        answer = await decide(grace, request_id, "approve", comment="Well done.")
        assert answer["data"] == {"request_id": request_id, "decision": "approve"}
        frames += await follow(c, request_id)
    check_stream(frames)
    result = frames[-1]["result"]
    assert frames[-1]["success"] is True
    assert begin <= result["decision"].pop("at") <= time.time()
    assert result["decision"] == {"decision": "approve", "by": "grace", "comment": "Well done."}
    assert (result["records"], result["format"]) == (RECORDS, "csv")
    assert len(await download(result["url"])) == result["size"]


async def test_a_rejected_report_is_gone(runner: Runner, s3: S3Client) -> None:
    async with socket(runner) as c, socket(runner, user="linus") as linus:
        request_id = await send(c, "approve_report", PAYLOAD, id="reject-1")
        frames = await wait_for_question(c)
        assert [key for key in stored(s3, runner, request_id, "work") if key.endswith(".csv")]
        assert (await decide(linus, request_id, "reject"))["type"] == "response"
        frames += await follow(c, request_id)
        check_stream(frames)
        assert (frames[-1]["type"], frames[-1]["success"]) == ("complete", True)
        decision = frames[-1]["result"]["decision"]
        assert (decision["decision"], decision["by"], decision["comment"]) == ("reject", "linus", None)
        assert frames[-1]["result"].keys() == {"decision"}
        assert frames[-2]["stage"] == "Discard the report"
        again = await decide(linus, request_id, "approve")
        assert again["error"]["code"] == "CONFLICT"
    assert stored(s3, runner, request_id) == []
    assert not [key for key in stored(s3, runner, request_id, "work") if key.endswith(".csv")]


async def test_only_an_approver_decides_and_the_token_stays_hidden(runner: Runner, jobs: Table) -> None:
    async with (
        socket(runner) as c,
        socket(runner, user="grace") as grace,
        socket(runner, tenant="globex", user="grace") as stranger,
    ):
        request_id = await send(c, "approve_report", PAYLOAD, id="approve-2")
        frames = await wait_for_question(c)
        for decision in ("approve", "reject", "extend"):
            assert (await decide(c, request_id, decision))["error"]["code"] == "UNAUTHORIZED"
            assert (await decide(stranger, request_id, decision))["error"]["code"] == "NOT_FOUND"
        row = jobs.get_item(Key={"pk": f"acme#{request_id}", "sk": "job"})["Item"]
        (secret,) = list(row["tokens"])  # type: ignore[arg-type]
        for action, payload in (
            ("status", {"request_id": request_id}),
            ("resume", {"request_id": request_id, "seq": -1}),
            ("list", {"limit": 100}),
        ):
            answer = await ask(grace, action, payload)
            assert answer["type"] == "response"
            assert str(secret) not in json.dumps([answer, frames])
        status = (await ask(grace, "status", {"request_id": request_id}))["data"]
        assert (status["status"], status["stage"]) == ("RUNNING", "Wait for a decision")
        assert (await decide(grace, request_id, "reject"))["type"] == "response"
        await follow(c, request_id)


async def test_two_approvers_at_the_same_moment(runner: Runner) -> None:
    async with (
        socket(runner) as c,
        socket(runner, user="grace") as grace,
        socket(runner, user="linus") as linus,
    ):
        for number in range(5):
            request_id = await send(c, "approve_report", PAYLOAD, id=f"race-{number}")
            await wait_for_question(c)
            answers = await asyncio.gather(
                decide(grace, request_id, "approve"), decide(linus, request_id, "reject")
            )
            (won,) = [each for each in answers if each["type"] == "response"]
            (lost,) = [each for each in answers if each["type"] == "error"]
            assert lost["error"]["code"] == "CONFLICT"
            last = (await follow(c, request_id))[-1]
            assert last["result"]["decision"]["decision"] == won["data"]["decision"]


async def test_a_cancelled_job_waits_no_more(runner: Runner) -> None:
    async with socket(runner) as c, socket(runner, user="grace") as grace:
        request_id = await send(c, "approve_report", PAYLOAD, id="approve-3")
        await wait_for_question(c)
        await send(c, "cancel", {"request_id": request_id}, id="cancel-approve-3")
        last = (await follow(c, request_id))[-1]
        assert (last["error"]["code"], last["partial"]["percentage"]) == ("CANCELLED", 70)
        for decision in ("approve", "reject", "extend"):
            assert (await decide(grace, request_id, decision))["error"]["code"] == "CONFLICT"
    states = aws(runner, "stepfunctions")
    machine = next(
        each["stateMachineArn"]
        for each in states.list_state_machines()["stateMachines"]
        if each["name"].endswith("-approve_report")
    )
    assert not states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]


async def test_who_asks_is_killed(runner: Runner) -> None:
    async with socket(runner) as c, socket(runner, user="grace") as grace:
        metadata = {"die": "asked"}
        request_id = await send(c, "approve_report", PAYLOAD, id="approve-4", metadata=metadata)
        frames = await wait_for_question(c)
        frames += await wait_for_question(c)
        assert frames[-1]["attempt"] == 2
        assert (await decide(grace, request_id, "approve"))["type"] == "response"
        frames += await follow(c, request_id)
    check_stream(frames)
    assert frames[-1]["result"]["records"] == RECORDS


async def test_nobody_answers(hasty: Runner) -> None:
    async with socket(hasty) as c, socket(hasty, user="grace") as grace:
        frames = await follow(c, await send(c, "approve_report", PAYLOAD, id="late-1"))
        check_stream(frames)
        assert frames[-1]["error"]["code"] == "TIMEOUT"
        assert frames[-1]["partial"]["stage"] == "Wait for a decision"
        assert frames[-1]["partial"]["percentage"] == 70
        assert {frame.get("attempt", 1) for frame in frames} == {1}
        asked = [frame["timestamp"] for frame in frames if frame.get("metadata", {}).get("waiting_for")]
        assert 2 < frames[-1]["timestamp"] - asked[0] < 20
        assert (await decide(grace, "late-1", "approve"))["error"]["code"] == "CONFLICT"


async def test_who_is_on_it_gets_more_time(hasty: Runner) -> None:
    async with socket(hasty) as c, socket(hasty, user="grace") as grace:
        request_id = await send(c, "approve_report", PAYLOAD, id="late-2")
        frames = await wait_for_question(c)
        until = time.monotonic() + 7
        while time.monotonic() < until:
            answer = await decide(grace, request_id, "extend")
            assert answer["data"] == {"request_id": request_id, "decision": "extend"}
            with suppress(TimeoutError):
                pytest.fail(f"the job said {await receive(c, 0.5)}")
        assert (await decide(grace, request_id, "approve"))["type"] == "response"
        frames += await follow(c, request_id)
    check_stream(frames)
    assert frames[-1]["type"] == "complete"


async def test_the_sweep_leaves_a_waiting_job_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    template = application(tmp_path_factory.mktemp("sweep"))
    sweeping = template.parent / "functions/progress/sweeping.py"
    text = sweeping.read_text()
    assert text.count("GRACE_SECONDS = 60\n") == 1
    sweeping.write_text(text.replace("GRACE_SECONDS = 60\n", "GRACE_SECONDS = 0\n"))
    with running(template=template) as runner:
        flights.load(s3_of(runner), runner.bucket, months=flights.JANUARY)
        async with socket(runner) as c, socket(runner, user="grace") as grace:
            request_id = await send(c, "approve_report", PAYLOAD)
            await wait_for_question(c)
            functions = aws(runner, "lambda")
            swept = await asyncio.to_thread(functions.invoke, FunctionName="streamer-SweepFunction")
            assert json.loads(swept["Payload"].read()) == 0
            assert (await ask(c, "status", {"request_id": request_id}))["data"]["status"] == "RUNNING"
            assert (await decide(grace, request_id, "approve"))["type"] == "response"
            assert (await follow(c, request_id))[-1]["type"] == "complete"


async def test_the_python_client_waits_with_the_job(runner: Runner) -> None:
    async with (
        Client(runner.ws_url, token(runner)) as ada,
        Client(runner.ws_url, token(runner, user="linus")) as linus,
    ):
        asked = asyncio.Event()

        def on_progress(frame: Any) -> None:
            if (frame.get("metadata") or {}).get("waiting_for"):
                asked.set()

        job = asyncio.create_task(
            ada.request("approve_report", PAYLOAD, request_id="client-1", on_progress=on_progress)
        )
        await asyncio.wait_for(asked.wait(), 30)
        verdict = {"request_id": "client-1", "decision": "approve"}
        assert await linus.request("approve", verdict) == verdict
        result: Any = await asyncio.wait_for(job, 30)
    assert result["decision"]["by"] == "linus"
    assert result["records"] == RECORDS
