"""Everything of one tenant goes, whatever else has a name like it, and however often it is interrupted."""

import json
import time
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from jobs.clients import connections_table, data_bucket, jobs_table, s3
from jobs.job import Job
from router.claiming import claim
from streamer.cli import cli
from streamer.console.acting.router_function import RouterFunction
from streamer.console.reading.place import Place
from streamer.console.terminal import choosing
from streamer.operating.forget import holdings
from streamer.operating.stack_parts import Parts

OTHERS = ("acme2", "acm", "acme.eu", "ACME")
READS = {"Query", "Scan", "ListObjectVersions", "ListMultipartUploads"}


@pytest.fixture(autouse=True)
def _here(aws: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands look at the tables of this process."""
    place = Place("here", jobs_table().name, data_bucket(), boto3.session.Session)
    names = {"JobsTable": jobs_table().name, "ConnectionsTable": "ConnectionsTable"}
    names |= {"RecordsTable": "RecordsTable", "DataBucket": data_bucket(), "MessageFunction": "router"}
    listed = [
        {"LogicalResourceId": key, "ResourceType": "", "PhysicalResourceId": name}
        for key, name in names.items()
    ]
    monkeypatch.setattr(choosing.Chosen, "place", lambda self: place)
    monkeypatch.setattr(choosing.Chosen, "parts", lambda self, place: Parts(listed))
    for tenant in ("acme", *OTHERS):
        furnish(tenant)


def furnish(tenant: str) -> None:
    for number in range(3):
        job = Job(tenant, "ada", f"r{number}", "delay", {})
        claim(job, "x" * 40_000, 1, "arn:m:stateMachine:x", "c", time.time())  # its payload goes to work/
        end(tenant, f"r{number}")
    jobs_table().put_item(Item={"pk": f"{tenant}#gone", "sk": "frame#0000000001"})  # its row expired first
    jobs_table().put_item(Item={"pk": f"{tenant}#", "sk": "calls#1"})
    connections_table().put_item(Item={"connection_id": f"c-{tenant}", "tenant": tenant})
    records = boto3.resource("dynamodb").Table("RecordsTable")
    for number in range(30):
        records.put_item(Item={"tenant": tenant, "id": f"i{number}"})
    for key in (
        f"uploads/{tenant}/a",
        f"results/{tenant}/r0/report.pdf",
        f"records/date=2013-01-01/{tenant}",
    ):
        s3().put_object(Bucket=data_bucket(), Key=key, Body=b"x")
    s3().create_multipart_upload(Bucket=data_bucket(), Key=f"work/{tenant}/r0/large")


def end(tenant: str, request_id: str, status: str = "COMPLETED") -> None:
    jobs_table().update_item(
        Key={"pk": f"{tenant}#{request_id}", "sk": "job"},
        UpdateExpression="SET #s = :s REMOVE running",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": status},
    )


def everything() -> dict[str, list[str]]:
    """Return all there is, by place, as texts."""
    found = {}
    for name in ("JobsTable", "ConnectionsTable", "RecordsTable"):
        items = boto3.resource("dynamodb").Table(name).scan()["Items"]
        found[name] = [json.dumps(each, default=str, sort_keys=True) for each in items]
    found["objects"] = [each["Key"] for each in s3().list_objects_v2(Bucket=data_bucket())["Contents"]]
    uploads = s3().list_multipart_uploads(Bucket=data_bucket())
    found["unfinished"] = [each["Key"] for each in uploads.get("Uploads", ())]
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["forget", "--tenant", "acme", *arguments])


def report(ended: Result) -> Any:
    said = ended.output  # what goes to standard error is in it, before and after
    return json.loads(said[said.index("{") : said.rindex("}") + 1])


FOUND = {
    "uploads": 1,
    "work": 3,
    "results": 1,
    "unfinished uploads": 1,
    "records": 30,
    "connections": 1,
}


def test_without_delete_it_only_counts(aws: list[str]) -> None:
    before = everything()
    aws.clear()
    ended = run("--json")
    assert ended.exit_code == 0
    told = report(ended)
    assert {key: told["found"][key] for key in FOUND} == FOUND
    assert told["found"]["items of jobs"] >= 3 + 2 + 1  # rows, strays, a part of the count at least
    assert told["deleted"] is False
    assert {call.split(":")[1] for call in aws} <= READS
    assert everything() == before
    assert "Nothing was deleted: that takes --delete." in run().output


def test_all_of_the_tenant_goes_and_nothing_of_others() -> None:
    before = everything()
    ended = run("--delete", "--json")
    assert ended.exit_code == 0, ended.output
    told = report(ended)
    assert {key: told["found"][key] for key in FOUND} == FOUND
    assert set(told["left"].values()) == {0}
    after = everything()
    mine = ('"acme"', '"acme#', "/acme/", '"c-acme"')
    assert after == {
        place: [text for text in texts if not any(word in text for word in mine)]
        for place, texts in before.items()
    }
    assert "records/date=2013-01-01/acme" in after["objects"]  # nobody's but the application's
    assert set(report(run("--delete", "--json"))["found"].values()) == {0}


def test_versions_of_objects_go_too() -> None:
    s3().put_bucket_versioning(Bucket=data_bucket(), VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3().put_object(Bucket=data_bucket(), Key="uploads/acme/b", Body=b"x")
    s3().delete_object(Bucket=data_bucket(), Key="uploads/acme/b")
    assert report(run("--delete", "--json"))["found"]["uploads"] == 1 + 3
    listed = s3().list_object_versions(Bucket=data_bucket(), Prefix="uploads/acme/")
    assert not {"Versions", "DeleteMarkers"} & listed.keys()


def test_what_is_interrupted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    real = holdings._items

    def interrupted(*given: Any, **more: Any) -> Any:
        made = real(*given, **more)

        def delete(keys: Any) -> None:
            made.delete(keys[: len(keys) // 2])
            raise KeyboardInterrupt

        return holdings.Holding(made.name, made.pages, delete)

    monkeypatch.setattr(holdings, "_items", interrupted)
    assert run("--delete").exit_code != 0
    monkeypatch.setattr(holdings, "_items", real)
    told = report(run("--delete", "--json"))
    assert (told["found"]["uploads"], told["found"]["records"]) == (0, 15)
    assert set(told["left"].values()) == {0}


def test_it_refuses_while_jobs_run() -> None:
    claim(Job("acme", "ada", "busy", "delay", {}), {}, 1, "arn:m:stateMachine:x", "c", time.time())
    before = everything()
    ended = run("--delete")
    assert ended.exit_code == 1
    assert "1 jobs of acme run (busy): wait for them, or say --cancel" in ended.output
    assert everything() == before
    assert report(run("--json"))["running"] == 1


def test_it_cancels_them_where_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    claim(Job("acme", "ada", "busy", "delay", {}), {}, 1, "arn:m:stateMachine:x", "c", time.time())
    asked = []

    def ask(self: RouterFunction, tenant: str, action: str, payload: Any) -> Any:
        asked.append((tenant, action, payload))
        end(tenant, "busy", "CANCELLED")
        return {"type": "response", "data": {}}

    monkeypatch.setattr(RouterFunction, "ask", ask)
    ended = run("--delete", "--cancel", "--json")
    assert ended.exit_code == 0, ended.output
    assert asked == [("acme", "cancel", {"request_id": "busy"})]
    assert (report(ended)["cancelled"], set(report(ended)["left"].values())) == (1, {0})
    assert "run it again then" in ended.output


def test_a_cancellation_that_is_refused_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    claim(Job("acme", "ada", "busy", "delay", {}), {}, 1, "arn:m:stateMachine:x", "c", time.time())
    error = {"type": "error", "error": {"code": "UNAUTHORIZED", "message": "No."}}
    monkeypatch.setattr(RouterFunction, "ask", lambda *_: error)
    before = everything()
    assert run("--delete", "--cancel").exit_code != 0
    assert everything() == before


@pytest.mark.parametrize("tenant", ["", "a#b", "a/b", "..", "x" * 129])
def test_what_is_no_tenant_is_refused(tenant: str) -> None:
    before = everything()
    assert CliRunner().invoke(cli, ["forget", "--tenant", tenant, "--delete"]).exit_code == 2
    assert everything() == before
