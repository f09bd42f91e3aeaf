"""`streamer inspect` on a deployed stack: what it reads and does, of an engine that is not the runner's."""

import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.jobs_list import JobsList, Wanted
from streamer.console.reading.place import deployed
from streamer.console.serving.job_topic import JobTopic
from tests.deploy.as_a_page import inspecting
from tests.deploy.deployed import NAME, Stack
from tests.deploy.looking import check, execution, until


async def test_a55_a_run_of_a_deployed_stack(stack: Stack) -> None:
    async with stack.client() as client:
        frames: list[Any] = [
            frame async for frame in client.stream("echo_async", {"n": 1}, request_id="inspected")
        ]
    assert frames[-1]["type"] == "complete"

    reads = Reads(deployed(NAME, None, "us-east-1", stack.endpoint_url))
    jobs = JobsList(reads)
    (job,) = jobs.page(Wanted(id="inspected"))["jobs"]
    assert (job["tenant"], job["status"]) == ("acme", "COMPLETED")
    least, most = jobs.detail(job)["forecast"]
    assert 0 < least <= most

    topic, deadline = JobTopic(reads, "acme", "inspected"), time.monotonic() + 60
    while not topic.story.closed:
        assert time.monotonic() < deadline
        topic.refresh(time.monotonic())
        time.sleep(0.2)
    values = json.loads(topic.board.since(0)[1])["values"]
    assert [row[3] for row in values["frames/0"]] == frames
    told = {name: value["status"] for name, value in values.items() if name.startswith("state/")}
    assert told == {"state/Receive the payload": "succeeded", "state/Return the payload": "succeeded"}
    assert len(values["machine"]["nodes"]) == 4
    first = values["state/Receive the payload"]["recent"][0]
    given = json.loads(topic.text(first["input"], "input") or "")
    assert (given["request_id"], given["payload"]) == ("inspected", {"n": 1})
    assert topic.text(first["output"], "output")


async def test_a55_an_operator_cancels_a_job_of_a_deployed_stack(stack: Stack) -> None:
    """He is named to the job's client; without --allow-actions he cannot do it."""
    frames: list[Any] = []
    async with stack.client() as client:
        async for frame in client.stream("delay", {"seconds": 300, "steps": 100}, request_id="acted-on"):
            frames.append(frame)
            if len(frames) != 2:
                continue
            with inspecting(stack) as page:
                assert page.place()["acting"] is None
                with pytest.raises(ConnectionClosed) as refused:
                    await page.act("acted-on", {"do": "cancel", "token": ""})
            assert refused.value.rcvd
            assert refused.value.rcvd.code == 4404
            status: Any = await client.request("status", {"request_id": "acted-on"})
            assert status["status"] == "RUNNING"
            with inspecting(stack, "--allow-actions") as page:
                answer = await page.act("acted-on", {"do": "cancel", "token": page.place()["acting"]})
            assert answer["type"] == "response"
    check(frames)
    assert frames[-1]["error"]["code"] == "CANCELLED"
    assert frames[-1]["error"]["details"] == {"by": "operator"}
    await until(lambda: execution(stack, "Delay", "acted-on")["status"] == "ABORTED")
