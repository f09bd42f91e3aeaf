"""What jobs cost by forecast, from what their rows hold: no history is read for it."""

import json
from typing import Any

from botocore.exceptions import ClientError

from streamer.console.reading.aws_reads import Reads
from streamer.console.run.expected import Range, expected, together
from streamer.console.run.job_items import Item


class Forecasts:
    """Forecasts the jobs of a place. Each state machine is asked for once, and each function."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._machines: dict[str, dict[str, Any] | None] = {}

    def dollars(self, row: Item) -> Range | None:
        """Return the least and the most that a job like that of the row costs; None where nobody can say."""
        machine, router = self._machine(str(row["state_machine"])), self._reads.place.router
        if machine is None:
            return None
        known = self._reads.function
        ranges = expected(machine, row, known, known(router) if router else None)
        return together(ranges) if ranges else None

    def _machine(self, arn: str) -> dict[str, Any] | None:
        if arn not in self._machines:
            self._machines[arn] = self._read(arn)
        return self._machines[arn]

    def _read(self, arn: str) -> dict[str, Any] | None:
        """Return a machine's definition, None of one that is gone or that one may not ask for."""
        try:
            found: dict[str, Any] = json.loads(self._reads.executions.machine(arn))
        except ClientError:
            return None
        return found
