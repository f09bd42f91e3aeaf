"""`streamer inspect` and `streamer watch`: which stack they look at, and how they refuse."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from jobs import keys
from jobs.clients import data_bucket, jobs_table
from jobs.job import Job
from router.claiming import claim
from streamer.cli import cli
from streamer.console.reading.place import StackError, deployed
from streamer.console.terminal import choosing

NOW = 1_795_000_000.0
STACK = {
    "Resources": {
        "JobsTable": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        "DataBucket": {"Type": "AWS::S3::Bucket"},
    }
}


def run(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(cli, arguments, **options)


def test_a_deployed_stack_is_found_by_its_name(aws: list[str]) -> None:
    boto3.client("cloudformation").create_stack(StackName="app", TemplateBody=json.dumps(STACK))
    place = deployed("app", None, "us-east-1", None)
    assert place.jobs_table in boto3.client("dynamodb").list_tables()["TableNames"]
    assert place.data_bucket.startswith("app-databucket")
    assert not place.local
    with pytest.raises(StackError, match="The stack other cannot be read"):
        deployed("other", None, "us-east-1", None)
    with pytest.raises(StackError, match="profile"):
        deployed("app", "nobody", "us-east-1", None)


@pytest.mark.parametrize("command", [["inspect", "--stack", "none"], ["watch", "--stack", "none"]])
def test_no_such_stack(command: list[str], aws: list[str]) -> None:
    ended = run(*command)
    assert ended.exit_code == 3
    assert "The stack none cannot be read" in ended.output


def test_no_runner_to_watch(tmp_path: Path) -> None:
    ended = run("watch", "--state-dir", str(tmp_path))
    assert ended.exit_code == 3
    assert "run `streamer dev` first" in ended.output


@pytest.fixture
def here(aws: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands look at the tables of this process."""
    from streamer.console.reading.place import Place

    place = Place("here", jobs_table().name, data_bucket(), boto3.session.Session)
    monkeypatch.setattr(choosing.Chosen, "place", lambda self: place)


def ended_job(tenant: str, request_id: str, *, fails: bool) -> None:
    claim(Job(tenant, "ada", request_id, "delay", {}), {}, 1, "arn:m:stateMachine:x", "c", NOW)
    frame = {
        "request_id": request_id,
        "timestamp": NOW + 1,
        "type": "complete",
        "seq": 1,
        "success": True,
        "result": {},
    }
    if fails:
        frame |= {"type": "error", "error": {"code": "TIMEOUT", "message": "Too long."}}
    key = {"pk": f"{tenant}#{request_id}"}
    jobs_table().put_item(Item={**key, "sk": keys.frame_key(1), "frame": json.dumps(frame), "stages": []})
    jobs_table().update_item(
        Key={**key, "sk": keys.ROW},
        UpdateExpression="SET #s = :s, #q = :one",
        ExpressionAttributeNames={"#s": "status", "#q": "seq"},
        ExpressionAttributeValues={":s": "FAILED" if fails else "COMPLETED", ":one": 1},
    )


def test_a_job_is_watched_to_its_end(here: None) -> None:
    ended_job("acme", "good", fails=False)
    ended_job("globex", "bad", fails=True)
    good, bad = run("watch", "good", "--json"), run("watch", "bad", "--json")
    assert [json.loads(line)["type"] for line in good.output.splitlines()] == ["acknowledgment", "complete"]
    assert [json.loads(line)["type"] for line in bad.output.splitlines()] == ["acknowledgment", "error"]
    assert (good.exit_code, bad.exit_code) == (0, 1)
    told = run("watch", "bad")
    assert "TIMEOUT: Too long." in told.output


def test_an_id_that_nobody_or_several_have(here: None) -> None:
    ended_job("acme", "same", fails=False)
    ended_job("globex", "same", fails=True)
    assert run("watch", "none").exit_code == 1
    both = run("watch", "same")
    assert both.exit_code == 2
    assert "acme, globex have a job of that id" in both.output
    assert run("watch", "same", "--tenant", "globex").exit_code == 1
    assert run("watch", "same", "--tenant", "acme").exit_code == 0
