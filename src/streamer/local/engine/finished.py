"""What is kept of executions that have ended, and how one is found among them.

moto 5.2.5 keeps of each the whole environment that it ran in, and its threads, for ever, and goes through all
of them at every start. Here an execution that has ended well or failed keeps its history, packed, and its
Maps' counts; and a machine its last MOST_FINISHED executions: AWS forgets them too, after 90 days.
"""

import functools
import itertools
import pickle
import zlib
from threading import Lock
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

MOST_FINISHED = 10_000
# Those that were stopped, or ran out of time, may have a thread that still writes history.
_QUIET = ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED

_lock = Lock()
_by_name: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


class History:
    """Stands where moto looks for an execution's worker, environment and events."""

    def __init__(self, env: Any) -> None:
        self._packed = zlib.compress(pickle.dumps(env.event_manager.get_event_history()), 1)
        self.env = self.event_manager = self
        self.map_run_record_pool_manager = env.map_run_record_pool_manager  # counts, for DescribeMapRun

    def get_event_history(self) -> Any:
        """Return the events, as GetExecutionHistory returns them."""
        return pickle.loads(zlib.decompress(self._packed))  # noqa: S301 - our own


def keep(execution: Any) -> None:
    """Keep what is needed of an execution whose thread ends, and forget its machine's oldest."""
    threads: Any = utils.TMP_THREADS
    threads.clear()  # moto only ever adds to it
    if execution.sm_type == "EXPRESS" or execution.exec_status not in _QUIET:
        return
    execution.exec_worker = History(execution.exec_worker.env)
    machines = stepfunctions_parser_backends[execution.account_id][execution.region_name].state_machines
    machine = next((each for each in machines if each.arn == execution.state_machine.arn), None)
    if machine is None:
        return
    with _lock:
        names = _names(machine)
        while len(machine.executions) > MOST_FINISHED:
            if machine.executions[0].status == ExecutionStatus.RUNNING:
                return  # it is the next one's turn to look
            names.pop(machine.executions.pop(0).name, None)


@functools.cache
def patch() -> None:
    """Patch moto; once for the process."""
    machine_class: Any = StateMachine
    find = machine_class._handle_name_input_idempotency  # noqa: SLF001

    def find_by_name(machine: Any, name: str, execution_input: str) -> Any:
        with _lock:
            found = _names(machine).get(name)
        return find(SimpleNamespace(executions=[found] if found else []), name, execution_input)

    machine_class._handle_name_input_idempotency = find_by_name  # noqa: SLF001


def _names(machine: Any) -> dict[str, Any]:
    """Return a machine's executions by name; names are unique, and both keep their order."""
    names = _by_name.setdefault(machine, {})
    for execution in itertools.islice(machine.executions, len(names), None):
        names[execution.name] = execution
    return names
