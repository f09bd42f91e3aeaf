"""Step Functions, as far as one job needs it: stages in order, Retry, Catch, status events.

Retry is the shipped state machine's own. Only one attempt of a stage is current; what an attempt that was
given up still returns is of no consequence, as on AWS, but the attempt goes on.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from progress import settle
from tests.faults.world import Killed, World
from tests.support.stack import ROOT
from tests.support.table import refusal

ASL = json.loads((ROOT / "statemachines" / "generate_report.asl.json").read_text())
RETRY = ASL["States"][ASL["StartAt"]]["Retry"]
SETTLE_ATTEMPTS = ASL["States"]["Save partial progress"]["Retry"][0]["MaxAttempts"] + 1


@dataclass(frozen=True)
class StageSpec:
    """A Task state: its name, its range, the input that takes the output before, its handler."""

    name: str
    part: tuple[float, float]
    takes: str | None
    handler: Callable[[dict[str, Any], Any], Any]


@dataclass
class LambdaTime:
    """Lambda's context: 300 s from its beginning on."""

    world: World
    deadline: float

    def get_remaining_time_in_millis(self) -> float:
        return (self.deadline - self.world.clock.now()) * 1000


@dataclass
class Execution:
    """One run of the stages."""

    world: World
    name: str
    text: str
    stages: Sequence[StageSpec]
    status: str = "RUNNING"
    at: int = 0
    value: Any = None
    tries: int = 0
    failure: dict[str, str] | None = None
    attempting: bool = False
    redrives: int = 0
    saved: list[dict[str, Any]] = field(default_factory=list)
    given: list[tuple[StageSpec, dict[str, Any]]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    _retried: dict[int, int] = field(default_factory=dict)
    _current: object = None

    def advance(self) -> None:
        """Run one attempt of the state that it is in; it becomes current, whatever runs already."""
        if self.status != "RUNNING":
            return
        token = self._current = object()
        if self.failure:
            self._save(token)
            return
        stage, event = self.stages[self.at], self._event()
        self.given.append((stage, event))
        self.attempting = True
        outcome = self.world.run(lambda: stage.handler(_copy(event), self._lambda()))
        if self._current is not token or self.status != "RUNNING":
            return
        self.attempting = False
        if outcome.error is None:
            self._go_on(_copy(outcome.value))
        else:
            self.fail(*_error_of(outcome.error))

    def again(self, number: int) -> None:
        """Deliver an event again that was delivered before; nobody waits for what comes of it."""
        stage, event = self.given[number]
        self.world.run(lambda: stage.handler(_copy(event), self._lambda()))

    def fail(self, error: str, cause: str) -> None:
        """Let the current attempt count as failed: Retry, or Catch."""
        if self.status != "RUNNING":
            return
        self._current, self.attempting = object(), False
        for number, retrier in enumerate(RETRY):
            if error in retrier["ErrorEquals"] and self._retried.get(number, 0) < retrier["MaxAttempts"]:
                self._retried[number] = self._retried.get(number, 0) + 1
                self.tries += 1
                self.world.clock.advance(self.world.decisions.between(0, 2))
                return
        self.failure = {"Error": error, "Cause": cause, "Stage": self.stages[self.at].name}
        self.tries = 0

    def redrive(self) -> None:
        """Run again from the state that failed."""
        self.status, self.failure, self.tries, self._retried = "RUNNING", None, 0, {}
        self.redrives += 1

    def end(self, status: str) -> None:
        """End, from inside or by force, and tell EventBridge."""
        if self.status != "RUNNING":
            return
        self.status, self._current = status, object()
        if status != "SUCCEEDED":
            detail = {
                "executionArn": self.name,
                "status": status,
                "input": self.text,
                "cause": None,
                "redriveCount": self.redrives,
            }
            self.changes.append({"source": "aws.states", "detail": detail})

    def _go_on(self, value: Any) -> None:
        self.value, self.tries, self._retried = value, 0, {}
        self.at += 1
        if self.at == len(self.stages):
            self.end("SUCCEEDED")

    def _save(self, token: object) -> None:
        event = {"context": self._context("Save partial progress"), "failure": self.failure}
        self.tries += 1
        self.saved.append(event)
        outcome = self.world.run(lambda: settle.handler(event, self._lambda()))
        if self._current is token and (outcome.error is None or self.tries >= SETTLE_ATTEMPTS):
            self.end("FAILED")

    def _event(self) -> dict[str, Any]:
        stage = self.stages[self.at]
        start, end = stage.part
        given = {stage.takes: self.value} if stage.takes else {}
        return {
            "context": self._context(stage.name),
            "progress": {"from": start, "to": end},
            "input": _copy(given),
        }

    def _context(self, state: str) -> dict[str, Any]:
        return {
            "Execution": {
                "Id": self.name,
                "Name": self.name,
                "Input": json.loads(self.text),
                "RedriveCount": self.redrives,
            },
            "State": {"Name": state, "RetryCount": self.tries},
        }

    def _lambda(self) -> LambdaTime:
        return LambdaTime(self.world, self.world.clock.now() + 300)


@dataclass
class States:
    """The client's side of Step Functions."""

    world: World
    stages: Sequence[StageSpec]
    executions: dict[str, Execution] = field(default_factory=dict)
    refuses: bool = False

    def start(self, *, stateMachineArn: str, name: str, input: str, traceHeader: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        arn = f"{stateMachineArn.removesuffix(':live').replace(':stateMachine:', ':execution:')}:{name}"
        execution = self.executions.get(arn)
        if self.refuses:
            raise refusal("stepfunctions", "StateMachineDoesNotExist", "StartExecution")
        if execution is None:
            self.executions[arn] = Execution(self.world, name, input, self.stages)
        elif execution.status != "RUNNING" or execution.text != input:
            raise refusal("stepfunctions", "ExecutionAlreadyExists", "StartExecution")
        return {"executionArn": arn}

    def stop(self, *, executionArn: str, error: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        self._find(executionArn).end("ABORTED")
        return {}

    def describe(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        return {"status": self._find(executionArn).status}

    def _find(self, arn: str) -> Execution:
        if arn not in self.executions:
            raise refusal("stepfunctions", "ExecutionDoesNotExist", "DescribeExecution")
        return self.executions[arn]


def _error_of(error: BaseException) -> tuple[str, str]:
    if isinstance(error, Killed):
        return "Runtime.ExitError", "{}"
    name = type(error).__name__
    return name, json.dumps({"errorMessage": str(error), "errorType": name})


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))
