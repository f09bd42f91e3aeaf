"""The calls that a console makes, and no others: all of them read."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from streamer.console.reading.execution_reads import ExecutionReads
from streamer.console.reading.place import Place
from streamer.console.run.job_items import ROW
from streamer.project import Function

FRAMES_A_PAGE = 500


class Reads:
    """One place's jobs table, functions and objects, and its `executions`."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.executions = ExecutionReads(place)
        self._functions: dict[str, Function | None] = {}

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
