"""Add the batches up, name every item's end in a report, and judge the share of failures."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Any

from botocore.exceptions import ClientError
from pydantic import Field, TypeAdapter

from jobs.clients import data_bucket, s3
from progress import Outcome, PermanentError, Progress, step
from steps.bulk_operation import manifests
from steps.bulk_operation.batches import Applied, Batch, Failure, Planned, result_key
from steps.links import sign

READERS = 8
AT_ONCE = 64  # batches: what is in memory
MOST_FAILURES = 20  # of those that the result itself names,
MOST_FAILURE_BYTES = 32 * 1024  # and of what it says of them: it travels in one message

_batches = TypeAdapter(list[Batch])


class Summary(Outcome):
    """The job's result: `processed + failed == total`. `expires_at` is in seconds since the epoch."""

    processed: int = 0
    failed: int = 0
    total: int
    failures: list[Failure] = Field(default_factory=list)
    report_url: str = ""
    expires_at: int = 0


def summarise(plan: Planned, progress: Progress) -> Summary:
    """Read every batch's result, write the report, and return the figures.

    Raises:
        PermanentError: more failed than is tolerated; the figures and the report are what is left.
    """
    key = f"{progress.job.results}report.jsonl"
    summary = Summary(total=plan.total)
    with TemporaryFile() as report:
        for applied in _results(plan, progress):
            _add(summary, applied, report)
        report.seek(0)
        _publish(report, key)
    link = sign(key)
    summary.success = summary.failed == 0
    summary.report_url, summary.expires_at = link.url, link.expires_at
    tolerated = plan.tolerated_failure_percentage
    if summary.failed * 100 > tolerated * summary.total:
        raise PermanentError(
            f"{summary.failed:,} of {summary.total:,} items failed, more than the tolerated {tolerated:g}%.",
            left=summary.model_dump(mode="json"),
        )
    return summary


def _results(plan: Planned, progress: Progress) -> Iterator[Applied]:
    """Yield what became of every batch, in order; some are read at once."""
    body = s3().get_object(Bucket=data_bucket(), Key=plan.batches)["Body"].read()
    batches = _batches.validate_json(body)
    groups = [batches[at : at + AT_ONCE] for at in range(0, len(batches), AT_ONCE)]
    with ThreadPoolExecutor(READERS) as pool:
        for group in progress.track(groups, "Read {done} of {total} parts of the results"):
            yield from pool.map(lambda batch: _result(plan, batch), group)


def _result(plan: Planned, batch: Batch) -> Applied:
    try:
        found = s3().get_object(Bucket=data_bucket(), Key=result_key(plan, batch))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return _lost(plan, batch)
        raise
    return Applied.model_validate_json(found["Body"].read())


def _lost(plan: Planned, batch: Batch) -> Applied:
    """Say of a batch that has left no result that its items failed."""
    names: list[tuple[int, str | None]] = [(batch.first + at, None) for at in range(batch.count)]
    with suppress(PermanentError):  # the manifest may be what is gone
        lines = manifests.items(plan.manifest, batch)
        names = [(n, manifests.id_of(manifests.parse(line))) for n, line in lines]
    message = "The item's batch did not end; the item may have been applied all the same."
    return Applied(
        failures=[Failure(n=n, id=name, code="BATCH_FAILED", message=message) for n, name in names]
    )


def _add(summary: Summary, applied: Applied, report: IO[bytes]) -> None:
    """Count a batch, and write a line of the report for each of its items, in the manifest's order."""
    lines: dict[int, dict[str, Any]] = {
        n: {"n": n, "id": name, "processed": True} for n, name in applied.done
    } | {each.n: each.model_dump() | {"processed": False} for each in applied.failures}
    for n in sorted(lines):
        report.write(_json(lines[n]).encode() + b"\n")
    summary.processed += len(applied.done)
    summary.failed += len(applied.failures)
    for failure in applied.failures[: MOST_FAILURES - len(summary.failures)]:
        named = [*summary.failures, failure]
        if len(json.dumps([each.model_dump() for each in named])) > MOST_FAILURE_BYTES:
            break
        summary.failures = named


def _publish(report: IO[bytes], key: str) -> None:
    properties = {
        "ContentType": "application/jsonl; charset=utf-8",
        "ContentDisposition": 'attachment; filename="report.jsonl"',
    }
    s3().upload_fileobj(report, data_bucket(), key, ExtraArgs=properties)


_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False).encode

handler = step(summarise)
