"""The source as a view whose columns have types: CSV (RFC 4180, with a header), JSONL or Parquet."""

import csv
import re
from itertools import islice
from pathlib import Path

import duckdb

from progress import PermanentError, Progress
from sql.database import Database, text
from sql.expressions import names_in
from steps.process_data.cells import kind_of_cell, read_cell, type_of
from steps.process_data.lines import LONGEST_ROW, types_of_lines
from steps.process_data.pipeline import LONGEST_NAME, ProcessRequest

MOST_COLUMNS = 1_000

csv.field_size_limit(LONGEST_ROW)


def types_of(
    engine: Database, path: Path, request: ProcessRequest, progress: Progress, rows: int | None = None
) -> dict[str, str]:
    """Return the source's columns and their SQL types; those of a CSV by its first `rows`, or by all.

    Raises:
        PermanentError: it cannot be read; the message says where.
    """
    if request.format == "jsonl":
        types = types_of_lines(path, progress)
    elif request.format == "csv":
        types = _types_of_csv(path, rows)
    else:
        try:
            types = engine.columns(f"read_parquet({text(path)})")
        except duckdb.Error as error:
            raise PermanentError("The source cannot be read as Parquet.") from error
    if not 0 < len(types) <= MOST_COLUMNS:
        raise PermanentError(f"The source has no columns, or over {MOST_COLUMNS:,}.")
    if not all(0 < len(name) <= LONGEST_NAME for name in types):
        raise PermanentError(f"The source has a column whose name has not 1 to {LONGEST_NAME} characters.")
    _check_different(list(types))
    return types


def _types_of_csv(path: Path, most: int | None) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        try:
            names = next(rows, [])
            kinds = [0] * len(names)
            for row in islice(rows, most):
                if len(row) == len(names):
                    kinds = [kind | kind_of_cell(cell) for kind, cell in zip(kinds, row, strict=True)]
        except csv.Error as error:  # the engine will say what is wrong with the row
            if not names:
                raise PermanentError("The source's first line is no CSV header.") from error
    _check_different(names)
    return {name: type_of(kind) for name, kind in zip(names, kinds, strict=True)}


def _check_different(names: list[str]) -> None:
    lower = [name.lower() for name in names]
    if twice := next((name for at, name in enumerate(lower) if name in lower[:at]), None):
        raise PermanentError(f'The source has two columns "{twice}" (SQL does not tell capitals apart).')


def view_of(engine: Database, path: Path, request: ProcessRequest, types: dict[str, str]) -> str:
    """Make the view of the source. A CSV's cells that nothing computes with stay as they were read."""
    if request.format == "parquet":
        return engine.view("source", f"FROM read_parquet({text(path)})")
    if request.format == "jsonl":
        columns = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items())
        options = f"format='newline_delimited', maximum_object_size={2 * LONGEST_ROW}, columns={{{columns}}}"
        return engine.view("source", f"FROM read_json({text(path)}, {options})")
    computed = _computed(request, types)
    cells = [read_cell(name, kind if name.lower() in computed else "VARCHAR") for name, kind in types.items()]
    columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in types)
    options = f"""auto_detect=false, header=true, delim=',', quote='"', escape='"', strict_mode=true,
        max_line_size={LONGEST_ROW}, columns={{{columns}}}"""
    return engine.view("source", f"SELECT {', '.join(cells)} FROM read_csv({text(path)}, {options})")


def _computed(request: ProcessRequest, types: dict[str, str]) -> set[str]:
    """Return the columns, in small letters, that something computes with, or that are written with types."""
    if request.output.format != "csv" or any(step.sql for step in request.pipeline):
        return {name.lower() for name in types}
    sorted_by = {key.by.lower() for step in request.pipeline for key in step.sort or ()}
    renamed = {name.lower() for step in request.pipeline for name in step.rename or ()}
    return sorted_by.union(renamed, *(names_in(sql) for step in request.pipeline for sql in step.texts))


def fault_of(error: Exception, request: ProcessRequest) -> Exception:
    """Return the error that tells what is wrong with the source, if it is the source that ended a pass."""
    fault = str(error.__cause__ or error)
    if request.format == "parquet" and isinstance(error, duckdb.Error):
        return PermanentError("The source cannot be read as Parquet.")
    if request.format != "csv" or not (line := re.search(r"CSV Error on Line: (\d+)", fault)):
        ends = "CSV Parser state machine" in fault
        return (
            PermanentError("The source is not CSV as RFC 4180 has it: do its lines end alike?")
            if ends
            else error
        )
    what = "cannot be read as CSV"
    if width := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", fault):
        what = f"has {width[2]} cells where the header has {width[1]}"
    elif "not utf-8" in fault:
        what = "is not UTF-8"
    elif "Maximum line size" in fault:
        what = f"is over {LONGEST_ROW // 1024} KB"
    return PermanentError(f"Row {int(line[1]) - 1:,} of the source {what}.")
