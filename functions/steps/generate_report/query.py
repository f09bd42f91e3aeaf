"""Collect the period's records, day by day."""

import csv
import io
import os
from contextlib import ExitStack
from decimal import Decimal, InvalidOperation

from progress import PermanentError, Progress, step
from steps.generate_report.partitions import Partitions
from steps.generate_report.report import Collected, ReportRequest, Sums


def query(request: ReportRequest, progress: Progress) -> Collected:
    """Read each day's partition and add up its measure by group.

    Raises:
        PermanentError: the records lack a column that the report or a filter needs.
    """
    collected = Collected(
        request=request, measure=os.environ["MEASURE_COLUMN"], dimension=os.environ["DIMENSION_COLUMN"]
    )
    with ExitStack() as stack:
        partitions = None
        for day in progress.track(request.days, "Queried {done} of {total} days", state=collected):
            # From the first day on that is not done: an attempt before may have come far.
            partitions = partitions or stack.enter_context(Partitions(day, request.end_date))
            groups: dict[str, Sums] = {}
            for text in partitions.texts(day):
                add_up(text, request, collected.measure, collected.dimension, groups)
            collected.days[day.isoformat()] = groups
    return collected


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
