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
from urllib.parse import urlsplit

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
DAYS = {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "csv"}
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
        await run(c, "generate_report", MONTH | {"format": "csv"})  # warm workers
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


async def test_a18_a_short_report_is_answered_at_once(runner: Runner) -> None:
    async with socket(runner) as c:
        at_once = await ask(c, "generate_report", DAYS, id="row-18-at-once")
        assert (at_once["type"], at_once["request_id"]) == ("response", "row-18-at-once")
        again = await ask(c, "generate_report", DAYS)
        frames = await run(c, "generate_report", MONTH | {"format": "csv"})
        status = await ask(c, "status", {"request_id": "row-18-at-once"})
    assert status["error"]["code"] == "NOT_FOUND"
    assert frames[0]["type"] == "acknowledgment"
    assert at_once["data"].keys() == frames[-1]["result"].keys()
    texts = [body.decode() for day, body, _ in flights.partitions(flights.JANUARY) if day.day <= 3]
    rows = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
    for answer in (at_once, again):
        assert (answer["data"]["records"], answer["data"]["format"]) == (len(rows), "csv")
        body = await download(answer["data"]["url"])
        assert len(body) == answer["data"]["size"]
        *_, total = csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
        assert int(total["records"]) == len(rows)
        assert Decimal(total["distance"]) == sum(Decimal(row["distance"]) for row in rows)
    first, second = (urlsplit(answer["data"]["url"]).path for answer in (at_once, again))
    assert first != second  # nobody's answer overwrites another's


async def test_a18_the_threshold_is_between_two_days(runner: Runner) -> None:
    async with socket(runner) as c:
        for end, kind in (("2013-01-20", "response"), ("2013-01-21", "acknowledgment")):
            first = await ask(c, "generate_report", DAYS | {"end_date": end}, id=f"row-18-{kind}")
            assert first["type"] == kind
        assert first["estimate_seconds"] == pytest.approx(5.1)
        assert (await follow(c, "row-18-acknowledgment"))[-1]["type"] == "complete"


async def test_a18_the_configured_threshold_is_obeyed() -> None:
    with running(template=ROOT / "template.yaml", overrides=["SyncThresholdSeconds=3.2"]) as runner:
        async with socket(runner) as c:
            two_days = DAYS | {"end_date": "2013-01-02"}
            assert (await ask(c, "generate_report", two_days))["type"] == "response"
            assert (await run(c, "generate_report", DAYS))[0]["type"] == "acknowledgment"


async def test_a18_what_a_stage_says_of_its_failure_reaches_the_client_at_once_too(runner: Runner) -> None:
    async with socket(runner) as c:
        wrong = {"filters": {"colour": "red"}}
        at_once = await ask(c, "generate_report", DAYS | wrong)
        job = (await run(c, "generate_report", MONTH | {"format": "csv"} | wrong))[-1]
    assert at_once["error"] == {
        "code": "PROCESSING_FAILED",
        "message": "The records lack the columns: colour.",
    }
    assert (job["error"]["code"], job["error"]["message"]) == tuple(at_once["error"].values())


async def test_a30_the_link_expires() -> None:
    with running(template=ROOT / "template.yaml", overrides=["ResultUrlSeconds=60"]) as runner:
        flights_of_a_day = next(iter(flights.partitions(flights.JANUARY)))
        s3_of(runner).put_object(
            Bucket=runner.bucket, Key="records/date=2013-01-01/a.csv", Body=flights_of_a_day[1]
        )
        async with socket(runner) as c:
            payload = MONTH | {"format": "csv", "end_date": "2013-01-01"}
            result = (await ask(c, "generate_report", payload))["data"]
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
