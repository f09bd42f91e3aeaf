"""The console's reads on moto: the list's pages and filters, a job's log, and what it never asks or shows."""

import json
from typing import Any

import boto3
import pytest

from jobs import keys
from jobs.clients import data_bucket, jobs_table, s3
from jobs.job import Job
from router.claiming import claim
from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.claimed import Claimed
from streamer.console.reading.jobs_list import JobsList, Wanted
from streamer.console.reading.place import Place
from streamer.console.run.job_items import execution_arn, job
from tests.support.machines import a_map, block, task

NOW = 1_795_000_000.0


@pytest.fixture
def reads(aws: list[str]) -> Reads:
    return Reads(Place("streamer", jobs_table().name, data_bucket(), lambda: boto3.DEFAULT_SESSION))


def accept(
    tenant: str,
    request_id: str,
    at: float,
    action: str = "delay",
    payload: Any = None,
    machine: str = "arn:m:stateMachine:x",
) -> None:
    claim(Job(tenant, "ada", request_id, action, {}), payload, 1, machine, "connection", at)


def ids(page: dict[str, Any]) -> list[str]:
    return [each["id"] for each in page["jobs"]]


def test_pages_of_all_tenants_newest_first_without_a_gap(reads: Reads) -> None:
    for number in range(60):
        accept(f"t{number % 3}", f"j{number:02}", NOW + number // 2)  # two in each second
    jobs, seen, cursor = JobsList(reads), [], ""
    for _ in range(10):
        page = jobs.page(Wanted(), cursor, size=7)
        seen += ids(page)
        cursor = page["cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 60
    times = [NOW + int(each[1:]) // 2 for each in seen]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(tenant="acme"), ["b", "a"]),
        (Wanted(action="echo_async"), ["a"]),
        (Wanted(status="CANCELLED"), []),
        (Wanted(status="RUNNING", id="c"), ["c"]),
        (Wanted(tenant="nobody"), []),
        (Wanted(seconds=60), []),
    ],
)
def test_filters(reads: Reads, wanted: Wanted, found: list[str]) -> None:
    accept("acme", "a", NOW, "echo_async")
    accept("acme", "b", NOW + 1)
    accept("globex", "c", NOW + 2)
    assert ids(JobsList(reads).page(wanted)) == found


def test_a_job_is_shown_without_tokens_and_connections(reads: Reads) -> None:
    accept("acme", "a", NOW)
    jobs_table().update_item(
        Key={"pk": "acme#a", "sk": "job"},
        UpdateExpression="ADD tokens :t SET approvers = :a",
        ExpressionAttributeValues={":t": {"secret-token"}, ":a": ["ada"]},
    )
    (items,) = reads.log_after("acme", "a", 0)
    shown = job(items[-1])
    assert (shown["approvers"], shown["followers"]) == (["ada"], 1)
    assert "secret-token" not in json.dumps(shown)
    assert "connection" not in json.dumps(shown)


def test_the_execution_is_the_one_that_the_router_starts(reads: Reads) -> None:
    accept("acme", "a", NOW)
    (items,) = reads.log_after("acme", "a", 0)
    assert execution_arn(items[-1]) == keys.execution_arn(items[-1])


def test_only_what_is_on_aws_is_linked_to_its_console(reads: Reads) -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:execution:app-delay:abc"
    header = "Root=1-6921c7b0-0123456789abcdef01234567;Sampled=1"
    console, trace = reads.place.links(arn, header).values()
    assert console.startswith("https://eu-west-1.console.aws.amazon.com/states/")
    assert console.endswith(arn)
    assert trace.startswith("https://eu-west-1.console.aws.amazon.com/xray/")
    assert trace.endswith("/1-6921c7b0-0123456789abcdef01234567")
    assert list(reads.place.links(arn)) == list(reads.place.links(arn, "Sampled=0"))
    here = Place("here", "jobs", "data", boto3.session.Session, "http://127.0.0.1:1")
    assert here.links(arn, header) == {}


def test_a_claim_is_opened_for_its_own_job_only(reads: Reads) -> None:
    s3().put_object(Bucket=data_bucket(), Key="work/acme/a/big.json", Body=b"{}")
    claims = Claimed(reads)
    assert claims.read("acme", "a", "work/acme/a/big.json") == (b"{}", "big.json")
    for key in ("work/acme/ab/x", "work/globex/a/big.json", "records/x", ""):
        with pytest.raises(ValueError, match="not the job's own"):
            claims.read("acme", "a", key)


def test_looking_makes_no_call_that_writes(reads: Reads, aws: list[str]) -> None:
    accept("acme", "a", NOW)
    aws.clear()
    jobs = JobsList(reads)
    (found,) = jobs.page(Wanted())["jobs"]
    jobs.detail(found)
    list(reads.log_after("acme", "a", 0))
    called = {call.split(":")[1] for call in aws}
    assert called == {"Query", "Scan", "DescribeStateMachine"}


def test_a_page_of_jobs_is_forecast_from_its_rows(reads: Reads, aws: list[str]) -> None:
    work = {"FunctionName": "arn:aws:lambda:us-east-1:1:function:work"}
    each = block(Each=a_map(block(Work=task(Arguments=work)), Items="{% $states.input.items %}"))
    made = boto3.client("stepfunctions").create_state_machine(
        name="many", definition=json.dumps(each), roleArn="arn:aws:iam::123456789012:role/none"
    )
    machine = made["stateMachineArn"]
    for number in range(12):
        accept("acme", f"j{number:02}", NOW + number, "many", {"items": [0] * number * 10}, machine)
    accept("acme", "gone", NOW - 1, "old", {}, machine.replace("many", "gone"))
    jobs = JobsList(reads)
    listed = jobs.page(Wanted())["jobs"]
    aws.clear()
    *found, gone = [jobs.detail(job)["forecast"] for job in listed]
    assert gone is None  # its machine was deleted
    assert all(least <= most for least, most in found)
    assert [least for least, _ in found] == sorted((least for least, _ in found), reverse=True)
    assert found[0][0] > 100 * 25e-6  # a transition for each of its 110 items
    # It costs no call a job.
    asked = [call for call in aws if not call.startswith("dynamodb")]
    assert sorted(asked) == ["lambda:GetFunctionConfiguration"] + 2 * ["stepfunctions:DescribeStateMachine"]
    aws.clear()
    assert [jobs.detail(job)["forecast"] for job in listed] == [*found, None]
    assert {call.split(":")[0] for call in aws} == {"dynamodb"}
