"""What moto's executions tell of themselves, and ends that hold.

moto sends no status events. It aborts an execution only when the state in hand is done, lets it fail after
all if that state does, misses a stop that comes before the first state, and drops a stop's error and cause.
Two starts of one name at the same moment are two executions to it.
"""

import functools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning, ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from streamer.local.engine import callbacks, finished
from streamer.local.engine.status_events import status_event
from streamer.local.eventbridge.bus import Event

_running: Any = ProgramRunning
_lock = Lock()
_publish: Callable[[Event], None] | None = None


def watch(publish: Callable[[Event], None] | None) -> None:
    """Send the status events of all standard executions to `publish`; None: to nobody."""
    global _publish  # moto is a singleton of the process, and so is its audience
    _publish = publish
    _patch()


def abort(executions: Iterable[Any]) -> None:
    """Stop those that run."""
    for execution in executions:
        execution.stop(datetime.now(UTC), None, None)


def _tell(execution: Any, status: str) -> None:
    if _publish and execution.state_machine.type != "EXPRESS":
        _publish(status_event(execution, status))


def _stop(execution: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
    """End a running execution at once; the state in hand ends by itself, and is the last."""
    with _lock:
        if execution.exec_status != ExecutionStatus.RUNNING:
            return
        execution.exec_status, execution.stop_date = ExecutionStatus.ABORTED, stop_date
        execution.error, execution.cause = error, cause
        env = execution.exec_worker.env
        if env:
            with env._state_mutex:  # noqa: SLF001
                # Only what runs can be stopped, and this may be between its making and its first state.
                env._program_state = env._program_state or _running()  # noqa: SLF001
                env.set_stop(stop_date=stop_date, error=error, cause=cause)
            callbacks.close_all(env)  # or its threads would wait for as long as the task may
    _tell(execution, ExecutionStatus.ABORTED)


def _answer_stop(response: Any) -> ActionResult:
    read = response._get_param  # noqa: SLF001
    execution = response.stepfunction_backend.describe_execution(read("executionArn"))
    execution.stop(datetime.now(UTC), read("error"), read("cause"))
    return ActionResult({"stopDate": execution.stop_date})


@functools.cache
def _patch() -> None:
    # As Any, so that methods can be replaced.
    execution_class: Any = Execution
    worker_class: Any = ExecutionWorker
    communication_class: Any = BaseExecutionWorkerCommunication
    environment_class: Any = Environment
    response_class: Any = StepFunctionResponse
    start, terminated = execution_class.start, communication_class.terminated
    run, make_environment = worker_class._execution_logic, worker_class._get_evaluation_environment  # noqa: SLF001

    def start_and_tell(execution: Any) -> None:
        _tell(execution, ExecutionStatus.RUNNING)  # first: its end may come before `start` returns
        start(execution)

    def end_once(communication: Any) -> None:
        execution = communication.execution
        with _lock:
            if execution.exec_status != ExecutionStatus.RUNNING:
                return
            terminated(communication)
        _tell(execution, execution.exec_status)

    def make_unless_stopped(worker: Any) -> Any:
        with _lock:
            worker.env = make_environment(worker)
            if worker._execution_communication.execution.exec_status != ExecutionStatus.RUNNING:  # noqa: SLF001
                raise RuntimeError("Stopped before its first state")
        return worker.env

    def run_unless_stopped(worker: Any) -> None:
        try:
            run(worker)
        except RuntimeError:  # moto's too, for a first state that is not wanted any more
            if worker._execution_communication.execution.exec_status == ExecutionStatus.RUNNING:  # noqa: SLF001
                raise
        finally:
            finished.keep(worker._execution_communication.execution)  # noqa: SLF001

    def unless_over(change: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(change)
        def guarded(env: Any, *args: Any, **named: Any) -> None:
            with env._state_mutex:  # noqa: SLF001
                if not isinstance(env._program_state, ProgramStopped | ProgramTimedOut):  # noqa: SLF001
                    change(env, *args, **named)

        return guarded

    finished.patch()
    start_execution = StepFunctionsParserBackend.start_execution
    one_by_one = Lock()

    def start_once(*args: Any, **options: Any) -> Any:
        with one_by_one:  # or its look for the name comes before the other's entry
            return start_execution(*args, **options)

    setattr(StepFunctionsParserBackend, "start_execution", start_once)  # noqa: B010 - mypy
    execution_class.start, execution_class.stop = start_and_tell, _stop
    communication_class.terminated = end_once
    worker_class._execution_logic = run_unless_stopped  # noqa: SLF001
    worker_class._get_evaluation_environment = make_unless_stopped  # noqa: SLF001
    environment_class.set_error = unless_over(environment_class.set_error)
    environment_class.set_timed_out = unless_over(environment_class.set_timed_out)
    response_class.stop_execution = _answer_stop
