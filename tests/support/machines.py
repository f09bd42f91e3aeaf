"""Small state machines, written as Python."""

from itertools import pairwise
from typing import Any


def task(start: float | None = None, end: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a Task that calls `${Work}`; with `start` and `end` it is a stage of the job."""
    payload: dict[str, Any] = {"context": "{% $states.context %}"}
    if end is not None:
        payload["progress"] = {"from": start, "to": end}
    arguments = {"FunctionName": "${Work}", "Payload": payload}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, **more}


def block(**states: Any) -> dict[str, Any]:
    """Return states in a row, the last of which ends."""
    states, names = {name: dict(state) for name, state in states.items()}, list(states)
    for name, after in pairwise(names):
        if states[name]["Type"] not in {"Choice", "Fail", "Succeed"}:
            states[name].setdefault("Next", after)
    if states[names[-1]]["Type"] not in {"Fail", "Succeed"}:
        states[names[-1]].setdefault("End", True)
    return {"StartAt": names[0], "States": states}


def retry(*attempts: int) -> list[dict[str, Any]]:
    """Return a retrier for each number of attempts."""
    return [{"ErrorEquals": [f"E{number}"], "MaxAttempts": most} for number, most in enumerate(attempts)]


CAUGHT = [{"ErrorEquals": ["States.ALL"], "Next": "Over"}]
OVER = {"Type": "Fail"}
PASS = {"Type": "Pass"}


def a_map(inside: dict[str, Any], kind: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a Map over `inside`; of a `kind` of child executions it is a Distributed one."""
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}} if kind else {}
    return {"Type": "Map", "ItemProcessor": {**inside, **config}, **more}
