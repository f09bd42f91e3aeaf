"""AWS's side of the console for runs that are too long to be made: pages of a thousand events."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.execution_reads import EVENTS_A_PAGE, ExecutionReads, HistoryPage
from streamer.console.reading.place import Place
from streamer.console.run.job_items import ROW
from streamer.console.run.visits import End
from streamer.project import Function
from tests.support.histories import START, Event
from tests.support.machines import PASS, a_map, block, task

_CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Note the failure"}]
_ITEM = block(Work=task(0, 100, Catch=_CATCH, End=True), **{"Note the failure": PASS})
MACHINES: dict[str, dict[str, Any]] = {
    "long": block(
        Look=task(0, 50),
        Work=task(50, 100),
        Again={"Type": "Choice", "Choices": [{"Next": "Look"}], "Default": "End"},
        End=PASS,
    ),
    "wide": block(Each=a_map(_ITEM)),
}
SECONDS_A_CALL = 0.01


class ManyExecutions(ExecutionReads):
    """One execution, whose events are given; `called` is told what is asked."""

    def __init__(self, events: list[Event], machine: str, called: Callable[[str], None]) -> None:
        super().__init__(Place("many", "jobs", "data", lambda: None))
        self.newest_first, self._machine, self._called = events[::-1], MACHINES[machine], called
        self._end = End("SUCCEEDED", events[-1]["timestamp"])

    @property
    def states(self) -> Any:
        """A client, as far as its exceptions go."""

        class States:
            class exceptions:  # noqa: N801 - boto3's name
                ExecutionDoesNotExist = KeyError

        return States

    def history(self, execution: str, token: str | None, *, texts: bool = False) -> HistoryPage | None:
        """Return a page, if the budget has a call left."""
        if not self.budget.take():
            return None
        self._called("GetExecutionHistory")
        start = int(token or 0)
        stop = start + EVENTS_A_PAGE
        older = str(stop) if stop < len(self.newest_first) else None
        return HistoryPage(self.newest_first[start:stop], older)

    def definition(self, execution: str) -> str:
        """Return the machine."""
        self._called("DescribeStateMachineForExecution")
        return json.dumps(self._machine)

    def end(self, execution: str) -> End | None:
        """Return how it ended."""
        self._called("DescribeExecution")
        return self._end


class ManyReads(Reads):
    """Reads one job, whose history is given, and what its row has besides; `calls` counts what is asked."""

    executions: ManyExecutions

    def __init__(self, events: list[Event], machine: str, frames: int = 300, **row: Any) -> None:
        super().__init__(Place("many", "jobs", "data", lambda: None))
        self.calls = list[str]()
        self.executions = ManyExecutions(events, machine, self._called)
        self._items = [_frame(seq) for seq in range(1, frames + 1)]
        self._row = {
            "pk": "acme#many",
            "sk": ROW,
            "tenant": "acme",
            "request_id": "many",
            "action": machine,
            "status": "COMPLETED",
            "success": True,
            "accepted_at": f"{START:.3f}",
            "ended_at": str(events[-1]["timestamp"]),
            "estimate": "1",
            "state_machine": "arn:aws:states:us-east-1:123456789012:stateMachine:many",
            "seq": frames,
            **row,
        }

    def newest(self, tenant: str, request_id: str, most: int) -> list[dict[str, Any]]:
        """Return the row."""
        self._called("Query")
        return [self._row]

    def log_after(self, tenant: str, request_id: str, seq: int) -> Iterator[list[dict[str, Any]]]:
        """Yield what comes after `seq`."""
        self._called("Query")
        yield [*self._items[seq:], self._row]

    def function(self, name: str) -> Function:
        """Return what a function is."""
        return Function(name, "handler", 10, 512)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        time.sleep(SECONDS_A_CALL)


def _frame(seq: int) -> dict[str, Any]:
    frame = {
        "request_id": "many",
        "timestamp": START + seq,
        "type": "progress",
        "seq": seq,
        "percentage": min(seq / 3, 99),
        "message": f"{seq} done",
        "stage": "Work",
        "attempt": 1,
        "status": "running",
    }
    return {"pk": "acme#many", "sk": f"frame#{seq:010d}", "frame": json.dumps(frame, separators=(",", ":"))}
