"""Task tokens as on AWS: a task that waits takes one answer, from its beginning to its end.

moto loses an answer that comes before the task's function has returned, takes a second one, and stumbles
over executions that have just been started.
"""

from threading import Lock
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus, InvalidToken, TaskTimedOut
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackConsumerTimeout,
    CallbackEndpoint,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

_lock = Lock()


def patch() -> None:
    """Put these ways in the place of moto's."""
    endpoint_class: Any = CallbackEndpoint
    backend_class: Any = StepFunctionsParserBackend
    start_heartbeat, interrupt = endpoint_class.setup_heartbeat_endpoint, endpoint_class.interrupt_all

    def start_heartbeat_unless_answered(endpoint: Any, heartbeat_seconds: int) -> Any:
        heartbeat = start_heartbeat(endpoint, heartbeat_seconds)
        if endpoint.get_outcome():
            heartbeat.notify()
        return heartbeat

    def close(endpoint: Any) -> None:
        endpoint.report(CallbackConsumerTimeout())
        interrupt(endpoint)

    endpoint_class.setup_heartbeat_endpoint = start_heartbeat_unless_answered
    endpoint_class.interrupt_all = close  # what moto calls when a task is over
    backend_class.send_task_success = _succeed
    backend_class.send_task_heartbeat = _beat


def close_all(env: Any) -> None:
    """End the tasks that wait in an execution."""
    for endpoint in list(env.callback_pool_manager._pool.values()):  # noqa: SLF001
        endpoint.interrupt_all()


def _succeed(backend: Any, task_token: str, outcome: str) -> None:
    with _lock:
        _waiting(backend, task_token).notify(CallbackOutcomeSuccess(task_token, outcome))


def _beat(backend: Any, task_token: str) -> None:
    _waiting(backend, task_token).notify_heartbeat()


def _waiting(backend: Any, task_token: str) -> Any:
    for execution in backend._get_executions(ExecutionStatus.RUNNING):  # noqa: SLF001
        env = execution.exec_worker and execution.exec_worker.env
        endpoint = env and env.callback_pool_manager.get(task_token)
        if endpoint:
            if endpoint.consumer_error or endpoint.get_outcome():
                raise TaskTimedOut("The task is over.", "TaskTimedOut", 400)
            return endpoint
    raise InvalidToken
