"""Runs jobs on the deployed stack, looks at what the engine says of them, and does harm to it."""

import asyncio
import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deploy.deployed import PATIENCE, Stack

Frame = dict[str, Any]


async def run(stack: Stack, action: str, payload: Any, request_id: str) -> list[Frame]:
    """Run a job to its end; return its frames."""
    async with stack.client() as client, asyncio.timeout(PATIENCE):
        frames = [dict(each) async for each in client.stream(action, payload, request_id=request_id)]
    check(frames)
    return frames


def check(frames: list[Frame]) -> None:
    """A job's frames have no hole, and percentages never fall."""
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert percentages == sorted(percentages)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.2)


def execution(stack: Stack, machine: str, request_id: str) -> dict[str, Any]:
    """Return the execution of the tenant's job, as the engine describes it."""
    states = stack.aws("stepfunctions")
    for each in states.list_executions(stateMachineArn=stack.named(machine))["executions"]:
        described: dict[str, Any] = states.describe_execution(executionArn=each["executionArn"])
        if json.loads(described["input"])["request_id"] == request_id:
            return described
    raise AssertionError(f"no execution of {request_id}")


def history(stack: Stack, machine: str, request_id: str, kind: str) -> list[dict[str, Any]]:
    """Return the details of an execution's events of one type."""
    arn = execution(stack, machine, request_id)["executionArn"]
    events = stack.aws("stepfunctions").get_execution_history(executionArn=arn)["events"]
    return [event[kind[0].lower() + kind[1:] + "EventDetails"] for event in events if event["type"] == kind]


def end_workers(stack: Stack, function: str) -> None:
    """Kill this stack's processes that run a function."""
    ours = {f"AWS_ENDPOINT_URL={stack.endpoint_url}", f"AWS_LAMBDA_FUNCTION_NAME={stack.named(function)}"}
    workers = [folder for folder in Path("/proc").iterdir() if ours <= environment(folder)]
    assert workers
    for each in workers:
        os.kill(int(each.name), signal.SIGKILL)


def environment(process: Path) -> set[str]:
    """Return what a process was started with, as /proc shows it; nothing of one that is gone."""
    try:
        return set((process / "environ").read_text(errors="replace").split("\0"))
    except OSError:
        return set()


@contextmanager
def without_rights(stack: Stack, function: str, prefix: str) -> Iterator[None]:
    """Take from a function's role what it may do under a prefix, and give it back."""
    iam, role = stack.aws("iam"), stack.named(f"{function}Role")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policies = [iam.get_role_policy(RoleName=role, PolicyName=name) for name in names]
    for policy in policies:
        if prefix in json.dumps(policy["PolicyDocument"]):
            iam.delete_role_policy(RoleName=role, PolicyName=policy["PolicyName"])
    try:
        yield
    finally:
        for policy in policies:
            document = json.dumps(policy["PolicyDocument"])
            iam.put_role_policy(RoleName=role, PolicyName=policy["PolicyName"], PolicyDocument=document)


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
    return body
