"""Manifests: items as JSON, one a line, read as a stream or a part at a time."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError, IncompleteReadError

from jobs.clients import data_bucket, s3
from progress import PermanentError, TransientError
from steps.bulk_operation.batches import Batch, Manifest

LARGEST = 256 * 1024 * 1024  # bytes
LONGEST_LINE = 512 * 1024  # bytes; a record has 400 KB at most
CHUNK = 1024 * 1024
LONGEST_NAME = 256  # characters; what is longer is no item's id, and would fill what is said of its failure

_GONE = {"PreconditionFailed", "412", "NoSuchKey", "404"}


def find(key: str) -> Manifest:
    """Look at the object.

    Raises:
        PermanentError: there is none, or it is empty or too large.
    """
    try:
        found = s3().head_object(Bucket=data_bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "403", "NoSuchKey"}:
            raise PermanentError("There is no such manifest.") from error
        raise
    size = found["ContentLength"]
    if size > LARGEST:
        raise PermanentError(f"The manifest is over {LARGEST // 1024**2} MB.")
    return Manifest(key=key, etag=found["ETag"], size=size)


def stream(manifest: Manifest) -> Iterator[bytes]:
    """Yield the manifest's lines, each with its end, in bounded memory.

    Raises:
        PermanentError: the object has changed, or a line is so long that this is no manifest.
        TransientError: the stream broke off.
    """
    rest = b""
    for chunk in _read(manifest, 0, manifest.size):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            raise PermanentError("This is no manifest: it has a line that no record fits.")
    if rest:
        yield rest


def items(manifest: Manifest, batch: Batch) -> list[tuple[int, bytes]]:
    """Return the batch's lines that are not blank, each with its number; see `stream` for what it raises."""
    lines = b"".join(_read(manifest, batch.start, batch.end)).split(b"\n")
    return [(n, line) for n, line in enumerate(lines, start=batch.first) if line.strip()]


def parse(line: bytes) -> Any:
    """Return what the line says, or None where it is not JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def id_of(found: Any) -> str | None:
    """Return the id in a line, as far as there is one that an item may have and a report can name."""
    found = found.get("id") if isinstance(found, dict) else None
    if not isinstance(found, str) or len(found) > LONGEST_NAME:
        return None
    try:
        found.encode()
    except UnicodeEncodeError:
        return None  # half a surrogate pair
    return found


def _read(manifest: Manifest, start: int, end: int) -> Iterator[bytes]:
    if start == end:
        return
    place: Any = {"Bucket": data_bucket(), "Key": manifest.key}
    try:
        found = s3().get_object(**place, Range=f"bytes={start}-{end - 1}", IfMatch=manifest.etag)
        with found["Body"]:
            yield from found["Body"].iter_chunks(CHUNK)
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            raise PermanentError("The manifest was changed while it was read.") from error
        raise
    except IncompleteReadError as error:
        raise TransientError("The stream broke off.") from error
