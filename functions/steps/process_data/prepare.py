"""Prepare the rows: part by part through the steps up to the first that needs all rows."""

from progress import Progress, step
from steps.process_data.handovers import Processed, Surveyed
from steps.process_data.objects import read
from steps.process_data.passes import pass_part
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.plan import plan
from steps.process_data.reading import Lines, batches


def prepare(request: ProcessRequest, surveyed: Surveyed, progress: Progress) -> Processed:
    """Pass each part through the pipeline's first segment.

    Raises:
        PermanentError: the source has changed, or the rows that are made are too large.
    """
    segment = plan(request.pipeline, surveyed.typed)[0]
    processed = Processed()
    message = f"Prepared {{state.read:,}} of {surveyed.rows:,} rows"
    for number, part in progress.track(list(enumerate(surveyed.parts)), message, state=processed):
        lines = Lines(read(surveyed.key, part.start, part.end, surveyed.etag), part.start, part.row)
        rows = batches(lines, surveyed.format, surveyed.columns)
        runs, tally = pass_part(segment, rows, number, progress.job.folder)
        processed.add(tally)
        processed.parts.append(runs)
        processed.read = lines.row
    return processed


handler = step(prepare)
