"""Row 53: the stock SAM CLI validates, builds and deploys the application, and what it deployed works."""

import asyncio
import csv
import io
import sys
import urllib.request
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from demo import flights
from scripts.artefact.reading import Artefact
from streamer.client.errors import ConnectionRefused
from tests.deploy.deployed import PATIENCE, Stack
from tests.deploy.sam_cli import sam

DAYS = 3


def test_a53_validate() -> None:
    assert "is a valid SAM Template" in sam("validate", "--lint")


def test_a53_build(build: Artefact) -> None:
    """What is built is whole, and every handler can be imported with nothing else but what Lambda brings."""
    assert list(build.faults()) == []
    assert list(build.run(sys.executable)) == []
    assert build.has_byte_code()


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
