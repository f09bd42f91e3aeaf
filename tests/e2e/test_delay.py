"""delay as a client sees it, over a real socket: the same frames every time."""

import asyncio
from typing import Any

import boto3

from demo.runner_process import Runner
from tests.e2e.conftest import CREDENTIALS
from tests.e2e.sockets import ask, check_stream, poll, receive, run, send, socket


async def test_a35_delay_tells_every_step(shipped: Runner) -> None:
    async with socket(shipped) as c:
        frames = await run(c, "delay", {"seconds": 3.3, "steps": 3})
    check_stream(frames)
    assert frames[0]["estimate_seconds"] == 3.3
    assert [(each["stage"], each["percentage"], each["message"]) for each in frames[1:-1]] == [
        ("Plan the pauses", 0, "Started"),
        ("Let time pass", 33, "1 of 3 steps"),
        ("Let time pass", 66, "2 of 3 steps"),
        ("Let time pass", 99, "3 of 3 steps"),
        ("End the wait", 99, "Started"),
        ("End the wait", 100, "Complete"),
    ]
    assert frames[-1]["result"] == {"seconds": 3.3, "steps": 3}
    # Each is told when it is over: never before; half a second late at most, and what a busy machine takes.
    began = frames[1]["timestamp"]
    for number, frame in enumerate(frames[2:5], start=1):
        assert 1.1 * number - 0.1 <= frame["timestamp"] - began < 1.1 * number + 5
    assert frames[-1]["timestamp"] - frames[0]["timestamp"] >= 3.3


async def test_a35_a_delay_is_cancelled_while_its_state_waits(shipped: Runner) -> None:
    states = boto3.client("stepfunctions", endpoint_url=shipped.endpoint_url, **CREDENTIALS)  # type: ignore[call-overload]
    (machine,) = [
        each["stateMachineArn"]
        for each in states.list_state_machines()["stateMachines"]
        if each["name"].endswith("-delay")
    ]

    def executions(status: str) -> list[str]:
        found = states.list_executions(stateMachineArn=machine, statusFilter=status)["executions"]
        return [each["executionArn"] for each in found]

    async with socket(shipped) as c:
        job = await send(c, "delay", {"seconds": 3600, "steps": 1})
        while (await receive(c))["type"] != "progress":
            pass
        (running,) = executions("RUNNING")
        await asyncio.to_thread(poll, lambda: waits(states, running))
        await send(c, "cancel", {"request_id": job})
        frames = [await receive(c), await receive(c)]
    assert {frame["type"] for frame in frames} == {"error", "response"}
    await asyncio.to_thread(poll, lambda: running in executions("ABORTED"))


def waits(states: Any, execution: str) -> bool:
    events = states.get_execution_history(executionArn=execution)["events"]
    return bool(events[-1]["type"] == "WaitStateEntered")


async def test_a35_a_delay_out_of_bounds_starts_nothing(shipped: Runner) -> None:
    async with socket(shipped) as c:
        frame = await ask(c, "delay", {"seconds": 3601, "steps": 0})
    assert frame["error"]["code"] == "VALIDATION_ERROR"
    assert [each["path"] for each in frame["error"]["details"]] == ["$.payload.seconds", "$.payload.steps"]
