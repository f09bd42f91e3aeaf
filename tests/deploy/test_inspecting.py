"""`streamer inspect` on a deployed stack: what it reads of an engine that is not the local runner's."""

import json
import time
from typing import Any

from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.jobs_list import JobsList, Wanted
from streamer.console.reading.place import deployed
from streamer.console.serving.job_topic import JobTopic
from tests.deploy.deployed import NAME, Stack


async def test_a55_a_run_of_a_deployed_stack(stack: Stack) -> None:
    async with stack.client() as client:
        frames: list[Any] = [
            frame async for frame in client.stream("echo_async", {"n": 1}, request_id="inspected")
        ]
    assert frames[-1]["type"] == "complete"

    reads = Reads(deployed(NAME, None, "us-east-1", stack.endpoint_url))
    (job,) = JobsList(reads).page(Wanted(id="inspected"))["jobs"]
    assert (job["tenant"], job["status"]) == ("acme", "COMPLETED")

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
