"""Runs of the state machines whose stages give the answers of MockConfigFile.json."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.asl.documents import MACHINES, parameters, resource

FILE = Path(__file__).parent / "MockConfigFile.json"
ROLE = "arn:aws:iam::{account}:role/machines"
BUCKET, BATCHES = "data", [{"index": index} for index in range(3)]
CASES = [
    (machine, case)
    for machine, given in json.loads(FILE.read_text())["StateMachines"].items()
    for case in given["TestCases"]
]
_SECONDS = 120
# What differs from run to run, and from one engine's account to the other's.
_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_ACCOUNT = re.compile(r"\b(?:0{12}|123456789012)\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True)
class Run:
    """How an execution went: its events in order, each with what it says, and its end."""

    events: list[tuple[str, Any]]
    status: str
    error: str | None
    output: Any


def run_all(sfn: Any, s3: Any, account: str) -> dict[tuple[str, str], Run]:
    """Make every machine, start all its cases side by side, and return how each of them went."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="work/batches.json", Body=json.dumps(BATCHES))
    machines = {name_of(path): make(sfn, path, account) for path in MACHINES}
    started = {
        (machine, case): sfn.start_execution(
            stateMachineArn=f"{machines[machine]}#{case}", name=case, input=json.dumps(given(machine))
        )["executionArn"]
        for machine, case in CASES
    }
    deadline = time.monotonic() + _SECONDS
    return {case: follow(sfn, arn, deadline) for case, arn in started.items()}


def make(sfn: Any, path: Path, account: str) -> str:
    """Create a machine as the template would, but for what neither engine can: Express children of a Map.

    Batches go one by one, so that it is known which one gets which answer.
    """
    text = definition(path, account).replace('"ExecutionType": "EXPRESS"', '"ExecutionType": "STANDARD"')
    made = sfn.create_state_machine(name=name_of(path), definition=text, roleArn=ROLE.format(account=account))
    arn: str = made["stateMachineArn"]
    return arn


def definition(path: Path, account: str) -> str:
    """Return a machine's text with parameters at their defaults, and functions of that account."""
    values = {name: str(parameter["Default"]) for name, parameter in parameters(path).items()}
    values["MostBatchesAtOnce"] = "1"
    text = path.read_text()
    for name in resource(path)["DefinitionSubstitutions"]:
        value = values.get(name, f"arn:aws:lambda:us-east-1:{account}:function:{name}")
        text = text.replace(f"${{{name}}}", value)
    return text


def name_of(path: Path) -> str:
    """Return a machine's name in the stack `streamer`."""
    return f"streamer-{path.name.removesuffix('.asl.json')}"


def given(machine: str) -> dict[str, Any]:
    """Return an execution's input as the router writes it."""
    identity = {"tenant": "acme", "user": "ada", "request_id": "r-1", "action": machine}
    return identity | {"metadata": {"trace": "t-1"}, "payload": {"report": {}, "approvers": ["ada"]}}


def follow(sfn: Any, arn: str, deadline: float) -> Run:
    """Wait for an execution's end."""
    while (told := sfn.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline, f"{arn} still runs"
        time.sleep(0.05)
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [tell(event) for page in pages for event in page["events"]]
    output = json.loads(told["output"]) if "output" in told else None
    return Run(events, told["status"], told.get("error"), output)


def tell(event: dict[str, Any]) -> tuple[str, Any]:
    """Return an event's type and what it says, without what is another's in every run."""
    (details,) = [value for key, value in event.items() if key.endswith("EventDetails")] or [{}]
    return event["type"], plain(details)


def plain(value: Any) -> Any:
    """Return a value with JSON read, and accounts moments and random ids left out."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if not isinstance(value, str):
        return value
    if value[:1] in ("{", "["):
        return plain(json.loads(value))
    return _ID.sub("ID", _TIME.sub("TIME", _ACCOUNT.sub("ACCOUNT", value)))
