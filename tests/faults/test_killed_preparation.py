"""Row 44 for process_data: a worker is killed in mid stage; the job goes on at its last finished stage."""

import asyncio
import json
import os
import signal
from typing import Any

import pytest
from mypy_boto3_s3 import S3Client

from demo.runner_process import Runner
from tests.e2e.sockets import check_stream, follow, send, socket
from tests.e2e.test_process_data import CSV_OF_MINE, MB, fill, month, rows_of
from tests.support.workers import PROC, workers


@pytest.mark.skipif(not PROC.exists(), reason="needs Linux to find the worker")
async def test_a44_a_killed_preparation_begins_anew_and_nothing_before_it(
    runner: Runner, s3: S3Client
) -> None:
    text = month()
    times = fill(s3, runner.bucket, text, 80 * MB)
    pipeline = [{"filter": "dep_delay > 15"}, {"sort": [{"by": "dep_delay"}]}]
    async with socket(runner) as c:
        request_id = await send(c, "process_data", CSV_OF_MINE | {"pipeline": pipeline}, id="row-44-parts")
        frames: list[Any] = []
        while not frames or frames[-1].get("stage") != "Prepare the rows":
            frames.append(json.loads(await asyncio.wait_for(c.recv(), 60)))
        ((pid, _),) = workers(runner, "PrepareFunction")
        os.kill(pid, signal.SIGKILL)
        frames += await follow(c, request_id, seconds=120)
    check_stream(frames)
    assert [frame["type"] for frame in frames[-2:]] == ["progress", "complete"]
    attempts = {(frame["stage"], frame["attempt"]) for frame in frames if frame["type"] == "progress"}
    assert ("Survey the source", 1) in attempts
    assert ("Survey the source", 2) not in attempts
    assert ("Prepare the rows", 2) in attempts
    late = [row for row in rows_of(text) if row["dep_delay"] not in {"", "NA"} and int(row["dep_delay"]) > 15]
    result = frames[-1]["result"]
    assert (result["rows_in"], result["rows_out"]) == (27_004 * times, len(late) * times)
