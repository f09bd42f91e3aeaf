"""Objects in S3, brought to the function's own disk and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, IncompleteReadError

from jobs.clients import data_bucket, s3
from progress import PermanentError, Progress, TransientError
from sql.database import Database, Table
from steps.process_data.handovers import Rows, Surveyed

CHUNK = 1024 * 1024  # bytes: larger ones are memory that the kernel has to clear anew for each


def fetch(
    key: str, path: Path, progress: Progress, say: Callable[[int], None] = lambda _: None, **wanted: Any
) -> None:
    """Write an object to a file; `say` is told how many bytes are there. `wanted` is as GetObject has it.

    Raises:
        PermanentError: the object is no longer the one that is wanted.
        TransientError: the stream broke off.
        OutOfTime: the function's time is nearly over.
    """
    try:
        body = s3().get_object(Bucket=data_bucket(), Key=key, **wanted)["Body"]
        with body, path.open("wb") as file:
            for chunk in body.iter_chunks(CHUNK):
                file.write(chunk)
                progress.check_time()
                say(file.tell())
    except ClientError as error:
        if error.response["Error"]["Code"] in {"PreconditionFailed", "412", "NoSuchKey", "404"} and wanted:
            raise PermanentError("The source was changed while it was read.") from error
        raise
    except IncompleteReadError as error:
        raise TransientError("The stream broke off.") from error


def fetch_source(surveyed: Surveyed, path: Path, progress: Progress, part: float) -> None:
    """Write the source to a file; this is `part` (0-1) of the stage."""

    def say(done: int) -> None:
        megabytes = f"{done / 2**20:,.1f} of {surveyed.size / 2**20:,.1f} MB"
        progress.report(part * done / surveyed.size, f"Fetched {megabytes}")

    fetch(surveyed.key, path, progress, say, IfMatch=surveyed.etag)


def take(rows: Rows, engine: Database, progress: Progress) -> Table:
    """Bring to the engine what a stage handed on."""
    path = engine.new_file()
    fetch(rows.key, path, progress)
    return engine.table(path, rows.columns, rows.count)


def hand_on(table: Table, key: str) -> Rows:
    """Bring rows to S3 for the next stage."""
    s3().upload_file(str(table.path), data_bucket(), key)
    return Rows(key=key, columns=dict(table.columns), count=table.count)
