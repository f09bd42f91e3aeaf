"""Prepare the rows: from the source through the steps, up to the first that needs all rows."""

import duckdb

from progress import PermanentError, Progress, step
from sql.database import database
from steps.process_data.cells import MISFIT
from steps.process_data.handovers import Processed, Rows, Surveyed
from steps.process_data.objects import fetch_source, hand_on
from steps.process_data.passes import cut, pass_rows
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.sources import fault_of, types_of, view_of


def prepare(request: ProcessRequest, surveyed: Surveyed, progress: Progress) -> Processed:
    """Make the first pass. Where a CSV's types are not what they seemed, all of it is read for them first.

    Raises:
        PermanentError: a row cannot be read, or what is in it cannot be computed.
    """
    megabytes = surveyed.size / 2**20

    def say(done: float) -> None:
        progress.report(0.3 + 0.6 * done, f"Prepared {done * megabytes:,.1f} of {megabytes:,.1f} MB")

    with database(progress) as engine:
        path, types = engine.new_file(), surveyed.types
        fetch_source(surveyed, path, progress, 0.3)
        while True:
            source = view_of(engine, path, request, types)
            processed = Processed(rows=Rows(key="", columns={}, count=0))
            try:
                table = pass_rows(engine, request.pipeline, cut(request.pipeline)[0], source, processed, say)
                break
            except (PermanentError, duckdb.Error) as error:
                if types is not surveyed.types or MISFIT not in str(error.__cause__ or error):
                    raise fault_of(error, request) from error
                types = types_of(engine, path, request, progress)
        progress.report(0.9, f"Prepared {processed.counts[0]:,} rows")
        processed.rows = hand_on(table, f"{progress.job.folder}rows/prepared.parquet")
    return processed


handler = step(prepare)
