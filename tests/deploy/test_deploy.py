"""Row 53: the stock SAM CLI validates, builds and deploys the application, and what it deployed works."""

import asyncio
import csv
import io
import subprocess
import sys
import sysconfig
import urllib.request
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from demo import flights
from streamer.client.errors import ConnectionRefused
from tests.deploy.deployed import PATIENCE, Build, Stack
from tests.deploy.sam_cli import sam
from tests.support.stack import template

LAMBDA_LIMIT = 250 * 1024 * 1024
CODE_LIMIT = 1024 * 1024
# What Lambda's Python runtimes bring; everything else must be in the artefact.
RUNTIME_BRINGS = ["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py"]
DAYS = 3


def test_a53_validate() -> None:
    assert "is a valid SAM Template" in sam("validate", "--lint")


def test_a53_build(build: Build, tmp_path: Path) -> None:
    """One build serves all functions; with their layers they fit, and hold all that the handlers import."""
    functions = [
        (name, resource["Properties"])
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    ]
    assert build.said.count("Building codeuri") == 1
    code, libraries, data = (
        build.template.parent / name for name in (functions[0][0], "LibrariesLayer", "DataLayer")
    )
    whole = [path for folder in (code, libraries, data) for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in whole) < LAMBDA_LIMIT
    # SAM copies, packs and sends the code once for each function: it has nothing else in it.
    assert sum(path.stat().st_size for path in code.rglob("*") if path.is_file()) < CODE_LIMIT
    assert not (libraries / "python" / "duckdb").exists()

    for name in RUNTIME_BRINGS:
        (tmp_path / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
    for layers in (["LibrariesLayer"], ["LibrariesLayer", "DataLayer"]):
        modules = {
            each["Handler"].rpartition(".")[0] for _, each in functions if len(each["Layers"]) == len(layers)
        }
        program = f"import sys; sys.path += sys.argv[1:]; import {', '.join(sorted(modules))}"
        folders = [code, *(build.template.parent / layer / "python" for layer in layers), tmp_path]
        subprocess.run([sys.executable, "-I", "-S", "-B", "-c", program, *folders], check=True)


async def test_a53_deploy(stack: Stack) -> None:
    """An echo, a report at once and one as a job, through all that was deployed."""
    records, distance = load(stack)

    with pytest.raises(ConnectionRefused):
        async with stack.client(seconds=-3600):
            pass
    async with stack.client() as client:
        assert await client.request("echo", {"n": 1}, timeout=PATIENCE) == {"echo": {"n": 1}}
        days = {"start_date": "2013-01-01", "end_date": f"2013-01-{DAYS:02}", "format": "csv"}
        at_once: Any = await client.request("generate_report", days, timeout=PATIENCE)
        period = days | {"end_date": "2013-01-31"}  # long enough to be a job
        async with asyncio.timeout(PATIENCE):
            frames: list[Any] = [frame async for frame in client.stream("generate_report", period)]

    assert [frame["type"] for frame in frames[:2]] == ["acknowledgment", "progress"]
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert percentages == sorted(percentages)
    assert percentages[-1] == 100
    last = frames[-1]
    assert last["type"] == "complete"
    assert last["result"]["records"] == records

    for result, length in ((last["result"], 31), (at_once, DAYS)):
        with urllib.request.urlopen(result["url"], timeout=30) as answer:
            rows = list(csv.DictReader(io.TextIOWrapper(answer, "utf-8", newline="")))
        assert int(rows[-1]["records"]) == records
        assert Decimal(rows[-1]["distance"]) == distance
        assert [row["name"] for row in rows if row["section"] == "day"] == [
            f"2013-01-{day:02}" for day in range(1, length + 1)
        ]


def load(stack: Stack) -> tuple[int, Decimal]:
    """Put the first days' flights into the stack's bucket; return their number and their distance."""
    s3 = stack.aws("s3")
    records, distance = 0, Decimal(0)
    for day, body, number in islice(flights.partitions(flights.JANUARY), DAYS):
        assert date(2013, 1, 1) <= day <= date(2013, 1, DAYS)
        s3.put_object(Bucket=stack.bucket, Key=f"records/date={day}/flights.csv", Body=body)
        records += number
        distance += sum(Decimal(row["distance"]) for row in csv.DictReader(io.StringIO(body.decode())))
    return records, distance
