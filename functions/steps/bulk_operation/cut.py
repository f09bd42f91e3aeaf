"""Cut the items into batches: parts of a manifest, so that nothing is copied and memory stays flat."""

import os
from collections.abc import Iterable

from pydantic import TypeAdapter

from jobs.clients import data_bucket, s3
from progress import PermanentError, Progress, step
from steps.bulk_operation import manifests
from steps.bulk_operation.batches import Batch, Manifest, Planned
from steps.bulk_operation.operation import BulkOperation, Item
from steps.origins import Source, key_of

MOST_ITEMS = 1_000_000
MOST_BATCHES = 20_000  # their outputs, `{}` each, must fit into 256 KiB
LARGEST_BATCH = 4 * 1024 * 1024  # bytes: a worker reads it whole

_batches = TypeAdapter(list[Batch])


def cut(request: BulkOperation, run: str, progress: Progress) -> Planned:
    """Read the manifest once, and list its batches in an object; `run` is the execution's name.

    All is written at the end, and a million items take seconds: a retry begins anew.

    Raises:
        PermanentError: there is no such manifest, it is none, or it has too many items.
    """
    folder = f"{progress.job.folder}{run[:16]}/"
    if request.manifest is None:
        manifest = _write(request.items or [], f"{folder}items.jsonl")
    else:
        manifest = manifests.find(_key(request.manifest, progress.job.tenant))
    batches = cut_lines(manifests.stream(manifest), request.batch_size, manifest.size, progress)
    key = f"{folder}batches.json"
    body = _batches.dump_json(batches)
    s3().put_object(Bucket=data_bucket(), Key=key, Body=body, ContentType="application/json")
    return Planned(
        operation=request.operation,
        condition=request.condition,
        tolerated_failure_percentage=request.tolerated_failure_percentage,
        manifest=manifest,
        bucket=data_bucket(),
        folder=folder,
        batches=key,
        run=run,
        total=sum(batch.count for batch in batches),
    )


def cut_lines(lines: Iterable[bytes], batch_size: int, size: int, progress: Progress) -> list[Batch]:
    """Return the batches of a manifest of `size` bytes. A blank line is no item; its number counts.

    Raises:
        PermanentError: there is no item, there are too many, or no line is a JSON object.
    """
    batches: list[Batch] = []
    batch = Batch(index=0, first=1, start=0, end=0, count=0)
    seen: set[int] = set()  # hashes, 64 bits: two of a million ids share one in 1 of 40 million manifests
    objects = total = 0
    for n, line in enumerate(lines, start=1):
        full = batch.count == batch_size or batch.end - batch.start + len(line) > LARGEST_BATCH
        if full and batch.count:
            batches.append(batch)
            batch = Batch(index=len(batches), first=n, start=batch.end, end=batch.end, count=0)
            progress.report(batch.end / size, f"Cut {total:,} items into {len(batches):,} batches")
        batch.end += len(line)
        if not line.strip():
            continue
        batch.count += 1
        total += 1
        found = manifests.parse(line)
        objects += isinstance(found, dict)
        if (name := manifests.id_of(found)) is not None:
            known = hash(name)
            if known in seen:
                batch.repeated.append(n)
            seen.add(known)
        _check(total, len(batches))
    if batch.count:
        batches.append(batch)
    if not total:
        raise PermanentError("The manifest has no items.")
    if not objects:
        raise PermanentError("This is no manifest: none of its lines is a JSON object.")
    return batches


def _check(items: int, batches: int) -> None:
    if items > MOST_ITEMS:
        raise PermanentError(f"The manifest has over {MOST_ITEMS:,} items.")
    if batches >= MOST_BATCHES:
        raise PermanentError(f"The manifest makes over {MOST_BATCHES:,} batches; take a larger batch_size.")


def _write(items: list[Item], key: str) -> Manifest:
    """Make a manifest of the items that came in the payload."""
    body = b"".join(item.model_dump_json().encode() + b"\n" for item in items)
    put = s3().put_object(Bucket=data_bucket(), Key=key, Body=body, ContentType="application/jsonl")
    return Manifest(key=key, etag=put["ETag"], size=len(body))


def _key(source: Source, tenant: str) -> str:
    key = key_of(source, tenant, os.environ["RECORDS_PREFIX"])
    if key is None:  # what is not for this tenant is as if it were not there
        raise PermanentError("There is no such manifest.")
    return key


handler = step(cut)
