"""The calls that a console makes, and no others: all of them read."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from streamer.console.reading.budget import Budget
from streamer.console.reading.place import Place
from streamer.console.run.history_reader import details
from streamer.console.run.job_items import ROW
from streamer.console.run.visits import End
from streamer.project import Function

EVENTS_A_PAGE, FRAMES_A_PAGE = 1000, 500
# AWS gives an account 20 a second, and 400 at once; half of it, and a quarter, are left to others.
HISTORY_CALLS = 10.0
HISTORY_BURST = 100
# Texts that an event carries; they are read when somebody looks at them.
_TEXTS = ("input", "output", "parameters", "taskCredentials")


@dataclass(frozen=True)
class HistoryPage:
    """Some of an execution's events, and the token for older ones."""

    events: list[dict[str, Any]]
    older: str | None


class Reads:
    """One place's tables, executions and objects."""

    def __init__(self, place: Place, budget: Budget | None = None) -> None:
        self.place = place
        self._functions: dict[str, Function | None] = {}
        self.budget = budget or Budget(HISTORY_CALLS, HISTORY_BURST)

    def query(self, **asked: Any) -> Any:
        """Query the jobs table; items are plain values."""
        return self._dynamodb.query(TableName=self.place.jobs_table, **asked)

    def scan(self, **asked: Any) -> Any:
        """Scan the jobs table, or an index of it."""
        return self._dynamodb.scan(TableName=self.place.jobs_table, **asked)

    @cached_property
    def _dynamodb(self) -> Any:
        # A resource's client takes and gives plain values, and may be shared by threads as it may not.
        return self.place.resource("dynamodb").meta.client

    @cached_property
    def states(self) -> Any:
        """The client of Step Functions."""
        return self.place.client("stepfunctions")

    @cached_property
    def _lambda(self) -> Any:
        return self.place.client("lambda")

    def function(self, name: str) -> Function | None:
        """Return a Lambda function, None where one may not ask for it; each is asked for once."""
        if name not in self._functions:
            try:
                told = self._lambda.get_function_configuration(FunctionName=name)
                found = Function(told["FunctionName"], told["Handler"], told["Timeout"], told["MemorySize"])
            except ClientError:
                found = None
            self._functions[name] = found
        return self._functions[name]

    @cached_property
    def s3(self) -> Any:
        """The client of S3."""
        return self.place.client("s3")

    def log_after(self, tenant: str, request_id: str, seq: int) -> Iterator[list[dict[str, Any]]]:
        """Yield a job's frames after `seq`, and its row: pages of items, in the order of their keys."""
        start: dict[str, Any] = {}
        while True:
            answer = self.query(
                KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :row",
                ExpressionAttributeValues={
                    ":pk": f"{tenant}#{request_id}",
                    ":first": f"frame#{seq + 1:010d}",
                    ":row": ROW,
                },
                ConsistentRead=True,
                Limit=FRAMES_A_PAGE,
                **start,
            )
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def newest(self, tenant: str, request_id: str, most: int) -> list[dict[str, Any]]:
        """Return the `most` newest items of a job in one call: its row, and the frames before it."""
        found: list[dict[str, Any]] = self.query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": f"{tenant}#{request_id}"},
            ScanIndexForward=False,
            Limit=most,
        )["Items"]
        return found

    def history(self, execution: str, token: str | None, *, texts: bool = False) -> HistoryPage | None:
        """Return events, the newest first, without the texts that they carry; None if the budget is spent."""
        if not self.budget.take():
            return None
        more = {"nextToken": token} if token else {}
        answer = self.states.get_execution_history(
            executionArn=execution,
            maxResults=EVENTS_A_PAGE,
            reverseOrder=True,
            includeExecutionData=texts,
            **more,
        )
        events = answer["events"] if texts else [_without_texts(event) for event in answer["events"]]
        return HistoryPage(events, answer.get("nextToken"))

    def text(self, execution: str, event: int, name: str, seconds: float = 20) -> str | None:
        """Return a text of an event (`input`, `output`), or None where it has none. Raises TimeoutError."""
        token, until = None, time.monotonic() + seconds
        while time.monotonic() < until:
            page = self.history(execution, token, texts=True)
            if page is None:
                time.sleep(0.1)
                continue
            for each in page.events:
                if each["id"] == event:
                    said = details(each).get(name)
                    return None if said is None else str(said)
            if page.older is None:
                return None
            token = page.older
        raise TimeoutError(f"event {event} was not read in {seconds:g} s")

    def definition(self, execution: str) -> str:
        """Return the state machine as the execution runs it, in JSON."""
        answer = self.states.describe_state_machine_for_execution(executionArn=execution)
        return str(answer["definition"])

    def end(self, execution: str) -> End | None:
        """Return how an execution ended; None while it runs."""
        answer = self.states.describe_execution(executionArn=execution)
        if answer["status"] == "RUNNING" or "stopDate" not in answer:
            return None
        at = answer["stopDate"].timestamp()
        redrive, reason = answer.get("redriveStatus", ""), answer.get("redriveStatusReason", "")
        return End(
            answer["status"], at, answer.get("error") or "", answer.get("cause") or "", redrive, reason
        )

    def map_run(self, arn: str) -> dict[str, Any]:
        """Return a distributed Map's counts, by status."""
        answer = self.states.describe_map_run(mapRunArn=arn)
        counts = answer["itemCounts"]
        return {
            "status": answer["status"],
            "total": counts["total"],
            "counts": {
                ours: counts[theirs]
                for ours, theirs in (
                    ("waiting", "pending"),
                    ("running", "running"),
                    ("succeeded", "succeeded"),
                    ("failed", "failed"),
                    ("timed_out", "timedOut"),
                    ("aborted", "aborted"),
                )
                if counts[theirs]
            },
        }


def _without_texts(event: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the endpoint sends although it was not asked to."""
    return {
        name: {key: text for key, text in value.items() if key not in _TEXTS}
        if isinstance(value, dict)
        else value
        for name, value in event.items()
    }
