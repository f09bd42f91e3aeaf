"""Row 62, the last of it: the deployed stack is changed in place, and then deleted."""

import asyncio
from contextlib import ExitStack
from typing import Any

from scripts.artefact.reading import Artefact
from tests.deploy.deployed import NAME, PATIENCE, Stack
from tests.deploy.sam_cli import sam
from tests.support.stack import template


async def test_a62_a64_an_update_changes_a_step_in_place(stack: Stack, build: Artefact) -> None:
    """A step does what its new code says. Row 64: a job that waits meanwhile ends by the code of before."""
    changes = (
        (
            "GiveBackFunction/steps/echo_async/give_back.py",
            "echo=received.payload",
            'echo=[received.payload, "updated"]',
        ),
        ("EndWaitFunction/steps/delay/end_wait.py", "steps=planned.request.steps", "steps=77"),
    )
    before = {name: stack.named(name) for name in ("GiveBackFunction", "EchoAsync", "JobsTable")}
    async with stack.client() as client, asyncio.timeout(PATIENCE):
        delayed = client.stream("delay", {"seconds": 20, "steps": 20}, request_id="meanwhile")
        frames: list[Any] = [await anext(delayed) for _ in range(3)]
        assert await client.request("echo_async", {"n": 1}) == {"echo": {"n": 1}}

        with ExitStack() as kept:
            for path, old, new in changes:
                step = build.folder / path
                (compiled,) = step.parent.glob(f"__pycache__/{step.stem}.*.pyc")
                code, byte_code = step.read_text(), compiled.read_bytes()
                kept.callback(step.write_text, code)
                kept.callback(compiled.write_bytes, byte_code)
                compiled.unlink()  # Python would not even look at the source
                step.write_text(code.replace(old, new))
            said = await asyncio.to_thread(stack.deploy)
        assert "UPDATE_COMPLETE" in said

        assert await client.request("echo_async", {"n": 2}) == {"echo": [{"n": 2}, "updated"]}
        frames += [frame async for frame in delayed]
        after = await client.request("delay", {"seconds": 1, "steps": 1})
    assert {name: stack.named(name) for name in before} == before
    assert frames[-1]["type"] == "complete"
    assert (frames[-1]["result"]["steps"], after["steps"]) == (20, 77)
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))


def test_a62_a_deletion_leaves_what_is_to_be_retained(stack: Stack) -> None:
    resources = template()["Resources"]
    kept = {
        name
        for name, resource in resources.items()
        if resource.get("DeletionPolicy") == "Retain" and not resource["Type"].endswith("Version")
    }  # versions go with what they are of
    assert kept == {"JobsTable", "RecordsTable", "DataBucket", "ApiLogsAccount", "ApiLogsRole"}
    names = {name: stack.named(name) for name in ("JobsTable", "RecordsTable", "DataBucket", "ApiLogsRole")}
    key = "records/kept"
    stack.aws("s3").put_object(Bucket=stack.bucket, Key=key, Body=b"")

    sam("delete", "--stack-name", NAME, "--no-prompts", AWS_ENDPOINT_URL=stack.endpoint_url)

    assert set(stack.aws("dynamodb").list_tables()["TableNames"]) == {
        names["JobsTable"],
        names["RecordsTable"],
    }
    assert {role["RoleName"] for role in stack.aws("iam").list_roles()["Roles"]} == {names["ApiLogsRole"]}
    assert names["DataBucket"] in {each["Name"] for each in stack.aws("s3").list_buckets()["Buckets"]}
    stack.aws("s3").head_object(Bucket=stack.bucket, Key=key)
    assert stack.aws("lambda").list_functions()["Functions"] == []
    assert stack.aws("lambda").list_layers()["Layers"] == []
    assert stack.aws("stepfunctions").list_state_machines()["stateMachines"] == []
    assert stack.aws("apigatewayv2").get_apis()["Items"] == []
    assert stack.aws("events").list_rules()["Rules"] == []
    assert stack.aws("logs").describe_log_groups(logGroupNamePrefix="/aws/")["logGroups"] == []
