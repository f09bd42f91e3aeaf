"""Prepare the rows: from the source through the steps, up to the first that needs all rows."""

import duckdb

from progress import PermanentError, Progress, step
from sql.database import database
from steps.process_data.cells import MISFIT
from steps.process_data.handovers import Processed, Rows, Surveyed
from steps.process_data.objects import fetch_source, hand_on
from steps.process_data.passes import cut, pass_rows
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.sources import fault_of, rows_of, types_of, view_of


def prepare(request: ProcessRequest, surveyed: Surveyed, progress: Progress) -> Processed:
    """Make the first pass. Where a CSV's types are not what they seemed, all of it is read for them first.

    Raises:
        PermanentError: a row cannot be read, or what is in it cannot be computed.
    """
    with database(progress) as engine:
        path, types = engine.new_file(), surveyed.types
        fetch_source(surveyed, path, progress, 0.3)
        while True:
            source = view_of(engine, path, request, types)
            try:
                rows = rows_of(engine, path, request, source)
                processed = Processed(rows=Rows(key="", columns={}, count=rows), read=rows)

                def say(done: float, rows: int = rows) -> None:
                    progress.report(0.3 + 0.6 * done, f"Prepared {done * rows:,.0f} of {rows:,} rows")

                first = cut(request.pipeline)[0]
                table = pass_rows(engine, request.pipeline, first, source, processed, say)
                break
            except (PermanentError, duckdb.Error) as error:
                if types is not surveyed.types or MISFIT not in str(error.__cause__ or error):
                    raise fault_of(error, request) from error
                types = types_of(engine, path, request, progress)
        say(1)
        processed.rows = hand_on(table, f"{progress.job.folder}rows/prepared.parquet")
    return processed


handler = step(prepare)
