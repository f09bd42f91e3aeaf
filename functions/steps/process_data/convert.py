"""Write the result as CSV or JSONL, in pieces, so that no more than one is in memory."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from pydantic import BaseModel

from jobs.clients import data_bucket, s3
from progress import Progress, step
from steps.process_data.handovers import Converted, Processed, Surveyed
from steps.process_data.objects import SMALLEST_PIECE, Pieces, Writer, encode, read, rows_of
from steps.process_data.operators import Batch
from steps.process_data.pipeline import Format, ProcessRequest
from steps.process_data.plan import plan
from steps.process_data.site import Column
from steps.process_data.values import cell, text_of

_WRITTEN_ALIKE = frozenset({str, int, float, type(None)})  # by Python's csv and by JSON


class Written(BaseModel):
    """How far it is: the pieces that S3 has, and the object that holds what is too short for a piece."""

    pieces: Pieces
    rest: str | None = None
    rows: int = 0


def convert(
    request: ProcessRequest, surveyed: Surveyed, processed: Processed, progress: Progress
) -> Converted:
    """Write the rows to the job's results."""
    layout = _layout(request.output.format, plan(request.pipeline, surveyed.typed)[-1].columns)
    written = Written(pieces=Pieces(key=f"{progress.job.results}result.{request.output.format}"))
    runs = list(chain(*processed.parts))
    message = f"Wrote {{state.rows:,}} of {sum(run.rows for run in runs):,} rows"
    writer: Writer | None = None
    for number, run in progress.track(list(enumerate(runs)), message, state=written):
        writer = writer or _go_on(written, layout)
        for batch in rows_of(run.key):
            writer.write(layout.lines(batch))
        written.rows += run.rows
        written.rest = _lay_down(writer, f"{progress.job.folder}result-{number}")
    (writer or _go_on(written, layout)).close()
    return Converted(key=written.pieces.key, rows=written.rows, size=written.pieces.size)


@dataclass(frozen=True)
class _Layout:
    """A format: how it begins, how its rows are written, and what S3 is to call it."""

    head: bytes
    lines: Callable[[Batch], bytes]
    content_type: str


def _layout(file_format: Format, columns: Sequence[Column]) -> _Layout:
    names = [column.name for column in columns]
    if file_format == "csv":
        values = [at for at, column in enumerate(columns) if not column.raw]
        return _Layout(_csv([names]), lambda rows: _csv(_as_cells(rows, values)), "text/csv; charset=utf-8")
    cells = [at for at, column in enumerate(columns) if column.raw]
    return _Layout(b"", lambda rows: _jsonl(rows, names, cells), "application/x-ndjson")


def _csv(rows: Batch) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _as_cells(rows: Batch, values: Sequence[int]) -> Batch:
    for at in values:
        for row in rows:
            if row[at].__class__ not in _WRITTEN_ALIKE:
                row[at] = text_of(row[at])
    return rows


def _jsonl(rows: Batch, names: Sequence[str], cells: Sequence[int]) -> bytes:
    for row in rows:
        for at in cells:
            row[at] = cell(row[at])
    return "".join([encode(dict(zip(names, row, strict=True))) + "\n" for row in rows]).encode()


def _go_on(written: Written, layout: _Layout) -> Writer:
    """Return a writer that has what was not yet sent; the format's head, in the beginning."""
    name = written.pieces.key.rpartition("/")[2]
    writer = Writer(
        written.pieces,
        ContentType=layout.content_type,
        ContentDisposition=f'attachment; filename="{name}"',
    )
    if written.rest is not None:
        for chunk in read(written.rest):
            writer.write(chunk)
    elif not written.pieces.tags:
        writer.write(layout.head)
    return writer


def _lay_down(writer: Writer, key: str) -> str | None:
    """Bring to S3 what waits: as a piece, or where it is too short for one as an object of its own."""
    if writer.length >= SMALLEST_PIECE:
        writer.send()
    if not writer.length:
        return None
    s3().put_object(Bucket=data_bucket(), Key=key, Body=writer.waiting())
    return key


handler = step(convert)
