"""Survey the source: its columns and rows, and where to cut it. No row is worked on before all names fit."""

import math
import os
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from jobs.clients import data_bucket, s3
from progress import PermanentError, Progress, step
from steps.origins import key_of
from steps.process_data.handovers import Part, Surveyed
from steps.process_data.objects import read
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.plan import plan
from steps.process_data.reading import Lines, check_names, csv_rows, json_rows, read_header

LARGEST_SOURCE = 5 * 1024**3  # bytes
SMALLEST_PART = 8 * 1024 * 1024  # bytes, but for the last
MOST_PARTS = 256


def survey(request: ProcessRequest, progress: Progress) -> Surveyed:
    """Read the source once, and cut it where rows end.

    Raises:
        PermanentError: there is no such source, a row cannot be read, or a step names an unknown column.
    """
    surveyed = _find(request, progress.job.tenant)
    part = max(SMALLEST_PART, math.ceil(surveyed.size / MOST_PARTS))
    ends = [min(end + part, surveyed.size) for end in range(0, surveyed.size, part)]
    reading: _Reading | None = None
    for end in progress.track(ends, "Surveyed {state.rows:,} rows", state=surveyed):
        reading = reading or _Reading(request, surveyed)
        reading.until(end)
    plan(request.pipeline, surveyed.typed)
    return surveyed


class _Reading:
    """The source as it is read on from where it is surveyed."""

    def __init__(self, request: ProcessRequest, surveyed: Surveyed) -> None:
        self._surveyed = surveyed
        chunks = read(surveyed.key, surveyed.end, surveyed.size, surveyed.etag)
        self._lines = Lines(chunks, surveyed.end, surveyed.rows)
        if surveyed.format == "jsonl":
            self._rows: Iterator[Any] = self._objects()
            return
        if not surveyed.columns:
            surveyed.columns = read_header(self._lines)
            plan(request.pipeline, surveyed.typed)
        self._rows = csv_rows(self._lines, len(surveyed.columns))

    def until(self, end: int) -> None:
        """Read to the first row's end at or after the byte `end`, and make it a part."""
        lines, surveyed = self._lines, self._surveyed
        start = surveyed.end or lines.end
        if lines.end < end:
            for _ in self._rows:
                if lines.end >= end:
                    break
        surveyed.parts.append(Part(start=start, end=lines.end, row=surveyed.rows))
        surveyed.rows = lines.row

    def _objects(self) -> Iterator[None]:
        columns = dict.fromkeys(self._surveyed.columns)
        for found in json_rows(self._lines):
            if not columns.keys() >= found.keys():
                columns.update(dict.fromkeys(found))
                self._surveyed.columns = check_names(list(columns))
            yield


def _find(request: ProcessRequest, tenant: str) -> Surveyed:
    key = key_of(request.source, tenant, os.environ["RECORDS_PREFIX"])
    if key is None:  # what is not for this tenant is as if it were not there
        raise PermanentError("There is no such source.")
    try:
        found = s3().head_object(Bucket=data_bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "403", "NoSuchKey"}:
            raise PermanentError("There is no such source.") from error
        raise
    size = found["ContentLength"]
    if size == 0:
        raise PermanentError("The source is empty.")
    if size > LARGEST_SOURCE:
        raise PermanentError("The source is over 5 GiB.")
    return Surveyed(key=key, etag=found["ETag"], size=size, format=request.format)


handler = step(survey)
