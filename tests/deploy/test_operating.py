"""Row 56, deployed: doctor, dead-letters and forget, by a user who may do what their pages say, no more."""

import asyncio
import json
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from tests.deploy.deployed import PATIENCE, Stack
from tests.deploy.looking import execution, run, until, without_rights
from tests.deploy.operator_user import Operator, needed

# What the harm that other tests do to the stack leaves no trace in.
WELL = {"clocks", "identity provider", "token", "tenants' quotas", "functions", "state machines", "releases"}
LONG = {"seconds": 600, "steps": 1}  # one pause: this emulator goes on with what is stopped
plain = TypeDeserializer().deserialize


def test_a56_the_doctor_of_a_deployed_stack(stack: Stack) -> None:
    may = needed("doctor.md", "On AWS:")
    doctor = Operator(stack, "doctor", may)

    def found() -> dict[str, list[dict[str, str]]]:
        ended = doctor.run("doctor", "--json", "--token", stack.token())
        assert (ended.returncode, ended.stderr) == (1, "")
        told = json.loads(ended.stdout)
        assert [each["name"] for each in told["checks"] if each["skipped"]] == []
        return {each["name"]: each["findings"] for each in told["checks"] if each["findings"]}

    before = found()
    assert before.keys() & WELL == set()
    # The emulator has no route responses, and sends without; that AWS would not is found.
    assert [each["problem"] for each in before["routes"]] == ["Requests are processed and not answered"]
    assert "You may not" not in json.dumps(before)

    states, machine = stack.aws("stepfunctions"), stack.named("EchoAsync")
    definition = states.describe_state_machine(stateMachineArn=machine)["definition"]
    function = stack.named("GiveBackFunction")
    live = stack.aws("lambda").get_alias(FunctionName=function, Name="live")["FunctionVersion"]
    assert f":function:{function}:{live}" in definition
    changed = definition.replace(f":function:{function}:{live}", f":function:{function}")
    states.update_state_machine(stateMachineArn=machine, definition=changed)
    try:
        after = found()
    finally:
        states.update_state_machine(stateMachineArn=machine, definition=definition)
    assert after.keys() - before.keys() == {"releases"}
    (apart,) = after["releases"]
    assert apart["problem"] == "EchoAsync and its functions are of different releases"
    assert apart["evidence"] == f"{machine} calls {function}:$LATEST (live: {live})"

    doctor.may([each for each in may if not each.startswith("states:")])
    refused = found()
    assert [refused[name][0]["problem"] for name in ("state machines", "releases")] == [
        "You may not look at this: state machines",
        "You may not look at this: releases",
    ]


async def test_a56_dead_letters_of_a_deployed_stack(stack: Stack) -> None:
    """An end that nobody could be told is handed back when the function has its rights again."""
    postman = Operator(stack, "postman", needed("dead-letters.md", "It needs"))
    functions, function = stack.aws("lambda"), stack.named("StatusChangeFunction")
    queue = stack.aws("sqs").get_queue_attributes(
        QueueUrl=stack.named("DeadLetters"), AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    # The emulator does not look at what the alias has of this.
    functions.put_function_event_invoke_config(
        FunctionName=function, DestinationConfig={"OnFailure": {"Destination": queue}}
    )

    async with stack.client() as client, asyncio.timeout(PATIENCE):
        frames = client.stream("delay", LONG, request_id="untold")
        assert (await anext(frames))["type"] == "acknowledgment"
        with without_rights(stack, "StatusChangeFunction", "dynamodb"):
            described = execution(stack, "Delay", "untold")
            arn = described["executionArn"]
            stack.aws("stepfunctions").stop_execution(executionArn=arn)
            detail = {
                **{name: described[name] for name in ("executionArn", "stateMachineArn", "name", "input")},
                "status": "ABORTED",
            }
            event = {"detail-type": "Step Functions Execution Status Change", "detail": detail}
            functions.invoke(
                FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
            )
            await until(lambda: bool(postman.run("dead-letters", "--json").stdout))
        listed = postman.run("dead-letters", "--json")
        (letter,) = map(json.loads, listed.stdout.splitlines())
        assert listed.returncode == 1
        assert (letter["function"], letter["about"]) == (function, f"the execution {arn} is ABORTED")
        assert "the function failed each time" in letter["why"]

        back = postman.run("dead-letters", letter["id"], "--hand-back")
        assert back.returncode == 0, back.stderr
        rest: list[Any] = [frame async for frame in frames]
    assert (rest[-1]["type"], rest[-1]["error"]["code"]) == ("error", "CANCELLED")
    assert postman.run("dead-letters").stdout == ""


async def test_a56_a_tenant_of_a_deployed_stack_is_forgotten(stack: Stack) -> None:
    forgetter = Operator(stack, "forgetter", needed("forget.md", "It needs"))
    dynamodb, table, s3 = stack.aws("dynamodb"), stack.named("JobsTable"), stack.aws("s3")

    def items(tenant: str) -> list[Any]:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
        keys = [plain(item["pk"]) for page in pages for item in page["Items"]]
        return [key for key in keys if key.partition("#")[0] == tenant]

    s3.put_object(Bucket=stack.bucket, Key="results/initech/report.csv", Body=b"x")
    await run(stack, "echo_async", {"n": 1}, "kept")  # another tenant's
    async with stack.client(tenant="initech") as client, asyncio.timeout(PATIENCE):
        frames = client.stream("delay", LONG, request_id="forgotten")
        assert (await anext(frames))["type"] == "acknowledgment"

        def forget(*options: str) -> tuple[int, str, Any]:
            ended = forgetter.run("forget", "--tenant", "initech", "--json", *options)
            return ended.returncode, ended.stderr, json.loads(ended.stdout) if ended.stdout else {}

        status, _, counted = forget()
        assert (status, counted["running"], counted["found"]["results"]) == (0, 1, 1)
        assert counted["found"]["connections"] == 1
        status, said, _ = forget("--delete")
        assert status == 1
        assert "1 jobs of initech run (forgotten)" in said
        assert items("initech")

        status, said, gone = forget("--delete", "--cancel")
        assert status == 0, said
        assert (gone["cancelled"], gone["left"]) == (1, dict.fromkeys(gone["found"], 0))
    assert s3.list_objects_v2(Bucket=stack.bucket, Prefix="results/initech/")["KeyCount"] == 0
    assert len(items("acme")) > 0
