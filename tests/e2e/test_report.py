"""Rows 29 to 31, 49 and 52: the main job on real data, over real sockets."""

import asyncio
import csv
import io
import time
import urllib.error
import urllib.request
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pypdf
import pytest
from mypy_boto3_dynamodb.service_resource import Table

from demo import flights
from demo.runner_process import Runner, running
from streamer.client import Client
from tests.e2e.conftest import s3_of
from tests.e2e.sockets import ask, check_stream, follow, receive, run, send, socket, token
from tests.support.stack import ROOT

MONTH = {"start_date": "2013-01-01", "end_date": "2013-01-31", "include_charts": True}
RECORDS = 27_004


def measured() -> Decimal:
    texts = (body.decode() for _, body, _ in flights.partitions(flights.JANUARY))
    return sum(
        (Decimal(row["distance"]) for text in texts for row in csv.DictReader(io.StringIO(text))), Decimal(0)
    )


async def download(url: str) -> bytes:
    def get() -> bytes:
        with urllib.request.urlopen(url, timeout=10) as answer:
            body: bytes = answer.read()
            return body

    return await asyncio.to_thread(get)


@pytest.mark.parametrize(
    "payload", [{}, MONTH | {"format": "doc"}, MONTH | {"format": "pdf", "start_date": "2013-02-01"}]
)
async def test_a29_bad_periods_start_nothing(payload: dict[str, Any], runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c:
        frame = await ask(c, "generate_report", payload, id="bad-29")
    assert frame["error"]["code"] == "VALIDATION_ERROR"
    assert not jobs.query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": "acme#bad-29"}
    )["Items"]


async def test_a30_a_month_as_pdf(runner: Runner) -> None:
    async with socket(runner) as c:
        await run(c, "generate_report", MONTH | {"format": "csv", "end_date": "2013-01-01"})  # warm workers
        begin = time.monotonic()
        request_id = await send(c, "generate_report", MONTH | {"format": "pdf"})
        frames = [await receive(c)]
        while not any(frame["type"] == "progress" for frame in frames):
            frames.append(await receive(c))
        assert time.monotonic() - begin < 1
        frames = sorted(frames + await follow(c, request_id), key=lambda frame: frame["seq"])
    check_stream(frames)
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert len(percentages) >= 4
    assert {0, 30, 60, 90, 100} <= set(percentages)
    result = frames[-1]["result"]
    assert frames[-1]["success"] is True
    assert (result["format"], result["records"]) == ("pdf", RECORDS)
    body = await download(result["url"])
    assert len(body) == result["size"]
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)
    assert f"{RECORDS:,}" in text
    assert f"{measured():,}" in text


async def test_a31_a_month_as_csv_and_xlsx(runner: Runner) -> None:
    async with socket(runner) as c:
        as_csv, as_xlsx = [
            (await run(c, "generate_report", MONTH | {"format": file_format}))[-1]["result"]
            for file_format in ("csv", "xlsx")
        ]
    rows = list(csv.DictReader(io.StringIO((await download(as_csv["url"])).decode("utf-8-sig"))))
    (total,) = [row for row in rows if "total" in row.values() or "Total" in row.values()]
    assert str(RECORDS) in total.values()
    assert any(Decimal(value) == measured() for value in total.values() if value.replace(".", "").isdigit())
    workbook = openpyxl.load_workbook(io.BytesIO(await download(as_xlsx["url"])))
    cells = {cell.value for sheet in workbook for row in sheet.iter_rows() for cell in row}
    assert RECORDS in cells
    assert measured() in cells


async def test_a30_the_link_expires() -> None:
    with running(template=ROOT / "template.yaml", overrides=["ResultUrlSeconds=60"]) as runner:
        flights_of_a_day = next(iter(flights.partitions(flights.JANUARY)))
        s3_of(runner).put_object(
            Bucket=runner.bucket, Key="records/date=2013-01-01/a.csv", Body=flights_of_a_day[1]
        )
        async with socket(runner) as c:
            payload = MONTH | {"format": "csv", "end_date": "2013-01-01"}
            result = (await run(c, "generate_report", payload))[-1]["result"]
    assert 0 < result["expires_at"] - time.time() <= 60
    assert "X-Amz-Expires=60" in result["url"]


@pytest.mark.parametrize(("jobs_at_once", "items"), [(10, 5), (100, 20)])
async def test_a49_many_jobs_at_once_on_one_client(jobs_at_once: int, items: int, runner: Runner) -> None:
    async def one(client: Client, number: int) -> list[Any]:
        payload = {"items": items + number % 7, "seconds": 0.02, "noted": False}
        return [frame async for frame in client.stream("trouble", payload)]

    async with Client(runner.ws_url, token(runner)) as client, asyncio.timeout(400):
        streams = await asyncio.gather(*(one(client, number) for number in range(jobs_at_once)))
    assert len({stream[0]["request_id"] for stream in streams}) == jobs_at_once
    for number, stream in enumerate(streams):
        check_stream(stream)
        assert stream[-1]["type"] == "complete", stream[-1]
        assert {frame["request_id"] for frame in stream} == {stream[0]["request_id"]}
        assert stream[-1]["result"]["done"] == list(range(items + number % 7))


async def test_a52_the_row_of_a_finished_job(runner: Runner, jobs: Table) -> None:
    async with socket(runner) as c:
        frames = await run(c, "trouble", {"items": 2}, id="row-52")
    row = jobs.get_item(Key={"pk": "acme#row-52", "sk": "job"})["Item"]
    assert (row["status"], row["percentage"]) == ("COMPLETED", 100)
    assert float(str(row["accepted_at"])) <= frames[-1]["timestamp"]
    assert abs(float(str(row["ended_at"])) - frames[-1]["timestamp"]) < 1
    assert int(str(row["expires_at"])) == pytest.approx(time.time() + 7 * 24 * 3600, abs=60)


def test_the_data_is_a_real_january() -> None:
    days = [(day, rows) for day, _, rows in flights.partitions(flights.JANUARY)]
    assert [day for day, _ in days] == [date(2013, 1, number) for number in range(1, 32)]
    assert sum(rows for _, rows in days) == RECORDS
