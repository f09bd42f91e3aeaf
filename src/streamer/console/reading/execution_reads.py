"""Executions as Step Functions tells of them: histories, definitions, ends, and a Map's runs."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from streamer.console.reading.budget import Budget
from streamer.console.reading.place import Place
from streamer.console.run.history_events import details
from streamer.console.run.visits import End

EVENTS_A_PAGE = 1000
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


class ExecutionReads:
    """One place's executions."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.budget = Budget(HISTORY_CALLS, HISTORY_BURST)

    @cached_property
    def states(self) -> Any:
        """The client of Step Functions."""
        return self._place.client("stepfunctions")

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

    def machine(self, arn: str) -> str:
        """Return a state machine as it is now, in JSON."""
        return str(self.states.describe_state_machine(stateMachineArn=arn)["definition"])

    def end(self, execution: str) -> End | None:
        """Return how an execution ended; None while it runs."""
        answer = self.states.describe_execution(executionArn=execution)
        if answer["status"] == "RUNNING" or "stopDate" not in answer:
            return None
        at = answer["stopDate"].timestamp()
        redrive, reason = answer.get("redriveStatus", ""), answer.get("redriveStatusReason", "")
        error, cause = answer.get("error") or "", answer.get("cause") or ""
        return End(answer["status"], at, error, cause, redrive, reason, answer.get("traceHeader") or "")

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
