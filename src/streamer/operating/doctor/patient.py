"""What is examined: a stack's parts, and what several checks ask of it, each asked once."""

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.place import Place
from streamer.operating.doctor.hourly_metrics import Metrics
from streamer.operating.stack_parts import FUNCTION, Part, Parts

RUNNING_SHARDS = 8  # as functions/jobs/keys.py has them
MOST_RUNNING = 1000


class Patient:
    """A place with its parts, and the token that is asked about, if any. `now` is the time in seconds."""

    def __init__(
        self, place: Place, parts: Parts, token: str = "", now: Callable[[], float] = time.time
    ) -> None:
        self.place, self.parts, self.token, self.now = place, parts, token, now
        self.reads = Reads(place)
        self.metrics = Metrics(place, now)
        self._functions: dict[str, dict[str, Any]] = {}

    def function(self, part: Part) -> dict[str, Any]:
        """Return a function's configuration, with its reserved `Concurrency`, if any. Raises ClientError."""
        if part.name not in self._functions:
            if self.place.local:
                found = self._lambda.get_function_configuration(FunctionName=part.name)
            else:
                told = self._lambda.get_function(FunctionName=part.name)
                reserved = told.get("Concurrency", {}).get("ReservedConcurrentExecutions")
                found = told["Configuration"] | {"Concurrency": reserved}
            self._functions[part.name] = found
        return self._functions[part.name]

    def variables(self, part: Part) -> dict[str, str]:
        """Return a function's environment."""
        found: dict[str, str] = self.function(part).get("Environment", {}).get("Variables", {})
        return found

    def variables_of(self, logical: str) -> dict[str, str]:
        """Return the environment of the function with a logical id; {} where there is none."""
        for part in self.parts.of(FUNCTION):
            if part.logical == logical:
                return self.variables(part)
        return {}

    @cached_property
    def running(self) -> list[dict[str, Any]]:
        """The jobs that have not ended, the oldest of each part of their index first, `MOST_RUNNING` at most.

        Of a row there are `tenant`, `request_id`, `state_machine` and `accepted_at`.
        """
        found: list[dict[str, Any]] = []
        for shard in range(RUNNING_SHARDS):
            found += self.reads.query(
                IndexName="running",
                KeyConditionExpression="running = :shard",
                ExpressionAttributeValues={":shard": str(shard)},
                Limit=MOST_RUNNING // RUNNING_SHARDS,
            )["Items"]
        return sorted(found, key=lambda row: float(row["accepted_at"]))

    @cached_property
    def _lambda(self) -> Any:
        return self.place.client("lambda")
