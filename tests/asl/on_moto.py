"""moto, with the mocked answers that it carries and leaves switched off."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import mock_eval_utils
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.mocking import mock_config
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from pydantic import BaseModel, RootModel

from streamer.local.engine import backend
from tests.asl.mocked import FILE

ACCOUNT = "123456789012"


class Thrown(BaseModel):
    """What a state fails with."""

    Error: str
    Cause: str


class Answer(BaseModel):
    """One of the two."""

    Return: RootModel[Any] | None = None
    Throw: Thrown | None = None


class Machine(BaseModel):
    """For each case the name of each state's answers."""

    TestCases: dict[str, RootModel[dict[str, str]]]


class MockConfig(BaseModel):
    """The file, as moto's code asks for it."""

    StateMachines: dict[str, Machine]
    MockedResponses: dict[str, dict[str, Answer]]


@contextmanager
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """Yield clients of Step Functions and S3, whose executions of `ARN#Case` have mocked answers."""
    config = MockConfig.model_validate_json(FILE.read_text())
    chosen: ContextVar[Any] = ContextVar("chosen", default=None)
    visits, lock = Counter[tuple[int, str]](), Lock()
    start, make_worker = StepFunctionsParserBackend.start_execution, Execution._get_start_execution_worker

    def start_case(engine: Any, state_machine_arn: str, *args: Any, **options: Any) -> Any:
        arn, _, case = state_machine_arn.partition("#")
        chosen.set(mock_config._mock_test_case_from_raw(arn.rsplit(":", 1)[1], case, config))
        return start(engine, arn, *args, **options)

    def make_mocked_worker(execution: Any) -> Any:
        worker: Any = make_worker(execution)
        worker._mock_test_case = chosen.get()
        return worker

    def answer(env: Any) -> Any:
        """Count visits: moto itself gives a state's first answer to every item of a Map."""
        with lock:
            key = (id(env.mock_test_case), env.next_state_name)
            visits[key] += 1
            return env.mock_test_case.state_mocked_responses[env.next_state_name].mocked_responses[
                visits[key] - 1
            ]

    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        backend._patch()
        monkeypatch.setattr(backend, "_task_client", boto3.client)
        monkeypatch.setattr(StepFunctionsParserBackend, "start_execution", start_case)
        monkeypatch.setattr(Execution, "_get_start_execution_worker", make_mocked_worker)
        monkeypatch.setattr(Environment, "get_current_mocked_response", answer)
        # AWS's own tool throws names that begin with `States.` too, and nobody waits for a backoff.
        monkeypatch.setattr(mock_eval_utils, "CustomErrorName", ErrorName)
        monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: None))
        yield boto3.client("stepfunctions"), boto3.client("s3")
