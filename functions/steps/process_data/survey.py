"""Survey the source: its columns and their types. No row is worked on before every step fits them."""

import os

from botocore.exceptions import ClientError

from jobs.clients import data_bucket, s3
from progress import PermanentError, Progress, step
from sql.database import database
from steps.origins import key_of
from steps.process_data.handovers import Surveyed
from steps.process_data.objects import fetch, fetch_source
from steps.process_data.operators import view
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.sources import types_of, view_of

LARGEST_SOURCE = 5 * 1024**3  # bytes
SAMPLE, SAMPLED_ROWS = 4 * 1024**2, 5_000  # bytes and rows of a CSV, by which its types are told


def survey(request: ProcessRequest, progress: Progress) -> Surveyed:
    """Find the source, and what its columns are; all of a JSONL is read for that, of a CSV the beginning.

    Raises:
        PermanentError: there is no such source, it cannot be read, or a step does not fit.
    """
    surveyed = _find(request, progress.job.tenant)
    with database(progress) as engine:
        path = engine.new_file()
        if request.format == "csv":
            last = min(SAMPLE, surveyed.size) - 1
            fetch(surveyed.key, path, progress, Range=f"bytes=0-{last}", IfMatch=surveyed.etag)
        else:
            fetch_source(surveyed, path, progress, 0.4)
        surveyed.types = types_of(engine, path, request, progress, SAMPLED_ROWS)
        source = view_of(engine, path, request, surveyed.types)
        for number, each in enumerate(request.pipeline):
            source = view(engine, number, each, source)
    progress.report(1, f"Surveyed {len(surveyed.types):,} columns of {surveyed.size / 2**20:,.1f} MB")
    return surveyed


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
    if found["ContentLength"] == 0:
        raise PermanentError("The source is empty.")
    if found["ContentLength"] > LARGEST_SOURCE:
        raise PermanentError("The source is over 5 GiB.")
    return Surveyed(key=key, etag=found["ETag"], size=found["ContentLength"])


handler = step(survey)
