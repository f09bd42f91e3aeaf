"""The report's stages on a real month: 27,004 flights of January 2013, added up independently."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import boto3
import pytest

from demo import flights
from jobs.checkpoints import Checkpoint
from jobs.job import Job
from progress import PermanentError
from progress.reporter import Progress, Update
from steps.generate_report.process import process
from steps.generate_report.publish import Published, publish
from steps.generate_report.query import query
from steps.generate_report.render import render
from steps.generate_report.report import Report, ReportRequest
from tests.support.router import send

JANUARY = ReportRequest(
    start_date=date(2013, 1, 1), end_date=date(2013, 1, 31), format="pdf", include_charts=True
)


@dataclass
class Voice:
    """A progress that collects."""

    updates: list[Update]

    def progress(self) -> Progress:
        return Progress(self.updates.append, job=Job("acme", "ada", "r1", "generate_report", {}))


@pytest.fixture
def voice() -> Voice:
    return Voice([])


@pytest.fixture
def records(aws: list[str]) -> list[dict[str, str]]:
    """The month's flights in S3; returned as an independent reading of the package's file."""
    assert flights.load(boto3.client("s3"), "databucket", months=flights.JANUARY) == 27_004
    return [
        row
        for _, body, _ in flights.partitions(flights.JANUARY)
        for row in csv.DictReader(io.StringIO(body.decode()))
    ]


def report_of(request: ReportRequest, voice: Voice) -> Report:
    return process(query(request, voice.progress()), voice.progress())


def test_the_figures_are_those_of_the_data(records: list[dict[str, str]], voice: Voice) -> None:
    report = report_of(JANUARY, voice)
    assert report.totals.records == len(records) == 27_004
    assert report.totals.total == sum(Decimal(row["distance"]) for row in records)
    assert [day.records for day in report.daily] == [
        sum(int(row["day"]) == day for row in records) for day in range(1, 32)
    ]
    carriers = {row["carrier"] for row in records}
    assert {group.name: group.records for group in report.groups} == {
        carrier: sum(row["carrier"] == carrier for row in records) for carrier in carriers
    }
    assert [group.records for group in report.groups] == sorted(
        (g.records for g in report.groups), reverse=True
    )
    assert sum(group.share for group in report.groups) == pytest.approx(1)


def test_a_period_is_listed_once(records: list[dict[str, str]], voice: Voice, aws: list[str]) -> None:
    aws.clear()
    query(JANUARY, voice.progress())
    assert Counter(aws) == {"s3:ListObjectsV2": 1, "s3:GetObject": 31}


def test_what_an_attempt_before_has_read_is_not_read_again(
    records: list[dict[str, str]], voice: Voice, aws: list[str]
) -> None:
    whole = query(JANUARY, voice.progress())
    state = whole.model_copy(update={"days": dict(list(whole.days.items())[:28])})
    checkpoint = Checkpoint(28, 31, state.model_dump(mode="json"))
    aws.clear()
    assert query(JANUARY, Progress(voice.updates.append, checkpoint=checkpoint)) == whole
    assert Counter(aws) == {"s3:ListObjectsV2": 1, "s3:GetObject": 3}


def test_several_objects_a_day_and_none(aws: list[str], voice: Voice) -> None:
    for key in (
        "05-01/a.csv",
        "05-01/b/c.csv",
        "05-01/notes.txt",
        "05-03/a.csv",
        "05-04/a.csv",
        "05-0x/a.csv",
    ):
        text = "carrier,distance\nAA,1\n"
        boto3.client("s3").put_object(Bucket="databucket", Key=f"records/date=2014-{key}", Body=text.encode())
    request = ReportRequest(start_date=date(2014, 5, 1), end_date=date(2014, 5, 3), format="csv")
    assert [day.records for day in report_of(request, voice).daily] == [2, 0, 1]


def test_filters_keep_what_matches(records: list[dict[str, str]], voice: Voice) -> None:
    request = JANUARY.model_copy(update={"filters": {"origin": "JFK", "carrier": ["DL", "B6"]}})
    kept = [row for row in records if row["origin"] == "JFK" and row["carrier"] in {"DL", "B6"}]
    assert report_of(request, voice).totals.records == len(kept)


def test_a_column_that_is_not_there_is_the_clients_fault(records: list[dict[str, str]], voice: Voice) -> None:
    with pytest.raises(PermanentError, match="lack the columns: colour"):
        query(JANUARY.model_copy(update={"filters": {"colour": "red"}}), voice.progress())


def test_days_without_records_are_zero(aws: list[str], records: list[dict[str, str]], voice: Voice) -> None:
    request = ReportRequest(start_date=date(2013, 1, 30), end_date=date(2013, 2, 2), format="csv")
    assert [bool(day.records) for day in report_of(request, voice).daily] == [True, True, False, False]


def test_a30_the_file_is_stored_and_its_link_is_signed(records: list[dict[str, str]], voice: Voice) -> None:
    rendered = render(JANUARY, report_of(JANUARY, voice), voice.progress())
    assert rendered.key == "results/acme/r1/report-2013-01-01-to-2013-01-31.pdf"
    body = boto3.client("s3").get_object(Bucket="databucket", Key=rendered.key)["Body"].read()
    assert body.startswith(b"%PDF-")
    assert len(body) == rendered.size
    published = publish(rendered, voice.progress())
    assert "X-Amz-Signature=" in published.url
    assert "X-Amz-Expires=3600" in published.url
    assert published.records == 27_004


def test_a18_a_quick_report_is_the_jobs_result(records: list[dict[str, str]]) -> None:
    days = {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "xlsx"}
    data = send("generate_report", days)["data"]
    assert Published.model_validate(data).records == sum(int(row["day"]) <= 3 for row in records)
    keys = [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="databucket")["Contents"]]
    (result,) = [key for key in keys if not key.startswith("records/")]
    assert result.startswith("results/acme/at-once-")
    assert result.endswith("/report-2013-01-01-to-2013-01-03.xlsx")


def test_a18_a_quick_report_may_fail_as_a_stage_does(records: list[dict[str, str]]) -> None:
    days = {"start_date": "2013-01-01", "end_date": "2013-01-03", "format": "csv"}
    answer = send("generate_report", days | {"filters": {"colour": "red"}})
    assert answer["request_id"] == "r1"
    assert answer["error"] == {
        "code": "PROCESSING_FAILED",
        "message": "The records lack the columns: colour.",
    }


def test_numbers_that_are_none_count_as_records(
    aws: list[str], records: list[dict[str, str]], voice: Voice
) -> None:
    text = "carrier,distance\nAA,\nAA,NA\nAA,nan\nAA,Infinity\nBB,1.10\nBB,2.20\n"
    boto3.client("s3").put_object(
        Bucket="databucket", Key="records/date=2014-05-01/a.csv", Body=text.encode()
    )
    request = ReportRequest(start_date=date(2014, 5, 1), end_date=date(2014, 5, 1), format="csv")
    report = report_of(request, voice)
    assert (report.totals.records, report.totals.total) == (6, Decimal("3.30"))
