"""`streamer forget` against the running `streamer dev`: a tenant with jobs, one of which runs."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mypy_boto3_dynamodb.service_resource import Table
from mypy_boto3_s3 import S3Client

from demo.runner_process import Runner
from streamer.client import Client

STREAMER = Path(sys.executable).with_name("streamer")


async def test_a_tenant_with_a_running_job(shipped: Runner) -> None:
    def forget(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(STREAMER), "forget", "--tenant", "leaver", "--json", *arguments]
        environment = os.environ | {"STREAMER_STATE_DIR": str(shipped.state_dir)}
        return subprocess.run(
            command, env=environment, text=True, capture_output=True, timeout=60, check=False
        )

    from streamer.local import identity
    from tests.e2e.conftest import s3_of, table

    token = identity.mint(shipped.state_dir, "leaver", "ada", 600)
    s3: S3Client = s3_of(shipped)
    jobs: Table = table(shipped, "JobsTable")

    def mine() -> list[Any]:
        return [each for each in jobs.scan()["Items"] if str(each["pk"]).startswith("leaver")]

    async with Client(shipped.ws_url, token) as client:
        await client.request("echo_async", {"n": "x" * 50_000}, request_id="done")
        async for _ in client.stream("delay", {"seconds": 300}, request_id="busy"):
            break
        s3.put_object(Bucket=shipped.bucket, Key="uploads/leaver/a", Body=b"x")
        refused = forget("--delete")
        assert refused.returncode == 1
        assert "1 jobs of leaver run (busy)" in refused.stderr
        told = json.loads(forget().stdout)
        assert (told["running"], told["found"]["uploads"], told["found"]["connections"]) == (1, 1, 1)
        assert told["found"]["work"] >= 1
        ended = forget("--delete", "--cancel")
        assert json.loads(ended.stdout)["cancelled"] == 1, ended.stderr
    deadline = time.monotonic() + 30
    while mine() or forget("--delete").returncode:  # what a cancelled stage still wrote goes with the next
        assert time.monotonic() < deadline
        forget("--delete")
    assert "Contents" not in s3.list_objects_v2(Bucket=shipped.bucket, Prefix="work/leaver/")
    assert "Contents" not in s3.list_objects_v2(Bucket=shipped.bucket, Prefix="uploads/leaver/")
