"""bulk_operation's stages, run one after the other as its state machine does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from jobs.clock import Clock
from progress import step
from progress.step import Handler
from steps.bulk_operation.apply import apply
from steps.bulk_operation.cut import cut
from steps.bulk_operation.summarise import summarise
from steps.bulk_operation.writes import records_table
from tests.support.steps import TENANT, LambdaContext, event

Record = dict[str, Any]
Apply = Callable[[Handler, dict[str, Any]], Any]


@contextmanager
def records(tenant: str = TENANT, *given: Record) -> Iterator[Any]:
    """The table of records, with some in it, and no client of an earlier test."""
    records_table.cache_clear()
    table = boto3.resource("dynamodb").Table("RecordsTable")
    for record in given:
        table.put_item(Item={"tenant": tenant} | record)
    yield table
    records_table.cache_clear()


def stored(tenant: str = TENANT) -> dict[str, Record]:
    """Return a tenant's records by id, each without what every one has."""
    found: list[Record] = boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"]
    return {
        record["id"]: {k: v for k, v in record.items() if k not in {"tenant", "id", "last_write"}}
        for record in found
        if record["tenant"] == tenant
    }


def once(handler: Handler, given: dict[str, Any]) -> Any:
    return handler(given, LambdaContext())


class Bulk:
    """A job of `bulk_operation`, whose row is there."""

    def __init__(self, job: str, clock: Clock, tenant: str = TENANT) -> None:
        self.job, self.tenant, self._clock = job, tenant, clock
        self.applies = step(apply, clock)

    def run(self, payload: dict[str, Any], deliver: Apply = once) -> dict[str, Any]:
        """Return the job's result; `deliver` runs a batch."""
        plan = self.cut(payload)
        for batch in self.batches(plan):
            deliver(self.applies, self.batch(plan, batch))
        return self.summarise(plan)

    def cut(self, payload: dict[str, Any]) -> dict[str, Any]:
        given = self._event("Cut the batches", (0, 10), request=payload, run="e" * 64)
        plan: dict[str, Any] = step(cut, self._clock)(given, LambdaContext())
        return plan

    def batches(self, plan: dict[str, Any]) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(read(plan["batches"]))
        return listed

    def batch(self, plan: dict[str, Any], batch: dict[str, Any], retry: int = 0) -> dict[str, Any]:
        made = self._event("Apply the batches", (10, 90), retry, plan=plan, batch=batch)
        made["progress"]["total"] = plan["total"]
        made["context"]["Map"] = {"Item": {"Index": batch["index"]}}
        return made

    def summarise(self, plan: dict[str, Any]) -> dict[str, Any]:
        given = self._event("Summarise the results", (90, 100), plan=plan)
        result: dict[str, Any] = step(summarise, self._clock)(given, LambdaContext())
        return result

    def report(self) -> list[dict[str, Any]]:
        """Return the lines of the report."""
        text = read(f"results/{self.tenant}/{self.job}/report.jsonl").decode()
        return [json.loads(line) for line in text.splitlines()]

    def _event(self, stage: str, part: tuple[float, float], retry: int = 0, **given: Any) -> dict[str, Any]:
        return event(self.job, stage, part=part, retry=retry, tenant=self.tenant, **given)


def read(key: str) -> bytes:
    """Return an object of the data bucket."""
    return boto3.client("s3").get_object(Bucket="databucket", Key=key)["Body"].read()


def write(key: str, *lines: Any) -> str:
    """Write a manifest: a line as it is where it is bytes, as JSON where not. Return its key."""
    body = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    boto3.client("s3").put_object(Bucket="databucket", Key=key, Body=body)
    return key
