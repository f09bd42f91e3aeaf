"""Row 44 for process_data: a worker that is killed in the midst of its parts."""

import json
import os
import signal
from typing import Any

import pytest
from mypy_boto3_dynamodb.service_resource import Table
from mypy_boto3_s3 import S3Client

from demo.runner_process import Runner
from tests.e2e.sockets import check_stream, follow, poll, send, socket
from tests.e2e.test_process_data import CSV_OF_MINE, KEY, MB, fill, month, rows_of
from tests.support.workers import PROC, workers

KEYS = "work/acme/row-44-parts/rows/0-"


@pytest.mark.skipif(not PROC.exists(), reason="needs Linux to find the worker")
async def test_a44_a_killed_preparation_goes_on_at_its_part(
    runner: Runner, jobs: Table, s3: S3Client
) -> None:
    text = month()
    times = fill(s3, runner.bucket, text, 80 * MB)
    parts = -(-s3.head_object(Bucket=runner.bucket, Key=KEY)["ContentLength"] // (8 * MB))
    pipeline = [{"filter": "number(dep_delay) > 15"}, {"select": ["carrier", "dep_delay"]}]

    def prepared() -> int:
        """Return how many parts are done, as the checkpoint says."""
        key = {"pk": "acme#row-44-parts", "sk": "checkpoint#Prepare the rows"}
        item: Any = jobs.get_item(Key=key).get("Item")
        return json.loads(item["whole"])["done"] if item else 0

    def written() -> dict[str, Any]:
        listed = s3.list_objects_v2(Bucket=runner.bucket, Prefix=KEYS).get("Contents", [])
        return {each["Key"]: each["LastModified"] for each in listed}

    async with socket(runner) as c:
        request_id = await send(c, "process_data", CSV_OF_MINE | {"pipeline": pipeline}, id="row-44-parts")
        done = poll(lambda: (number := prepared()) >= 2 and number, 60)
        before = written()
        ((pid, _),) = workers(runner, "PrepareFunction")
        os.kill(pid, signal.SIGKILL)
        frames = await follow(c, request_id, seconds=120)
    check_stream(frames)
    assert [frame["type"] for frame in frames[-2:]] == ["progress", "complete"]
    again = [frame for frame in frames if frame.get("stage") == "Prepare the rows" and frame["attempt"] == 2]
    assert again[0]["status"] == "retrying"
    after = written()
    assert len(after) == parts
    for part in range(done):  # not made again
        key = f"{KEYS}{part}-0.jsonl"
        assert after[key] == before[key]
    late = [row for row in rows_of(text) if row["dep_delay"] not in {"", "NA"} and int(row["dep_delay"]) > 15]
    result = frames[-1]["result"]
    assert (result["rows_in"], result["rows_out"]) == (27_004 * times, len(late) * times)
