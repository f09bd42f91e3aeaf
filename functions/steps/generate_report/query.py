"""Collect the period's records, day by day."""

import csv
import io
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from jobs.clients import data_bucket, s3
from progress import PermanentError, Progress, step
from steps.generate_report.report import Collected, ReportRequest, Sums


def query(request: ReportRequest, progress: Progress) -> Collected:
    """Read each day's partition and add up its measure by group.

    Raises:
        PermanentError: the records lack a column that the report or a filter needs.
    """
    collected = Collected(
        request=request, measure=os.environ["MEASURE_COLUMN"], dimension=os.environ["DIMENSION_COLUMN"]
    )
    for day in progress.track(request.days, "Queried {done} of {total} days", state=collected):
        groups: dict[str, Sums] = {}
        for text in partition(day):
            add_up(text, request, collected.measure, collected.dimension, groups)
        collected.days[day.isoformat()] = groups
    return collected


def partition(day: date) -> Iterator[str]:
    """Yield the text of each of the day's CSV objects, `PREFIX/date=YYYY-MM-DD/*.csv`."""
    prefix = f"{os.environ['RECORDS_PREFIX']}/date={day.isoformat()}/"
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=data_bucket(), Prefix=prefix)
    for listed in (found for page in pages for found in page.get("Contents", [])):
        if listed["Key"].endswith(".csv"):
            yield s3().get_object(Bucket=data_bucket(), Key=listed["Key"])["Body"].read().decode("utf-8-sig")


def add_up(text: str, request: ReportRequest, measure: str, dimension: str, groups: dict[str, Sums]) -> None:
    """Add the records of one CSV text to `groups`. An empty or non-numeric measure counts as a record of 0.

    Raises:
        PermanentError: a column is missing.
    """
    records = csv.DictReader(io.StringIO(text, newline=""))
    missing = {measure, dimension, *request.filters} - set(records.fieldnames or ())
    if missing:
        raise PermanentError(f"The records lack the columns: {', '.join(sorted(missing))}.")
    for record in records:
        if all(_keeps(wanted, record[column]) for column, wanted in request.filters.items()):
            sums = groups.setdefault(record[dimension], Sums())
            sums.records += 1
            sums.total += _number(record[measure])


def _keeps(wanted: str | list[str], value: str) -> bool:
    return value == wanted if isinstance(wanted, str) else value in wanted


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


handler = step(query)
