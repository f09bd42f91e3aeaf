"""Combine the rows: through the steps behind the first that needs all rows."""

from progress import Progress, step
from sql.database import database
from steps.process_data.handovers import Processed
from steps.process_data.objects import hand_on, take
from steps.process_data.passes import cut, pass_rows
from steps.process_data.pipeline import ProcessRequest


def combine(request: ProcessRequest, prepared: Processed, progress: Progress) -> Processed:
    """Make the passes that are left; where there are none, it costs nothing.

    Raises:
        PermanentError: what is in the rows cannot be computed.
    """
    if passes := cut(request.pipeline)[1:]:
        with database(progress) as engine:
            table = take(prepared.rows, engine, progress)
            for at, numbers in enumerate(passes):

                def say(done: float, at: int = at, rows: int = table.count) -> None:
                    fraction = 0.9 * (at + done) / len(passes)
                    progress.report(fraction, f"Combined {done * rows:,.0f} of {rows:,} rows")

                table = pass_rows(engine, request.pipeline, numbers, table.name, prepared, say)
            prepared.rows = hand_on(table, f"{progress.job.folder}rows/combined.parquet")
    progress.report(1, f"Combined them to {prepared.rows.count:,} rows")
    return prepared


handler = step(combine)
