"""Hand out a link to the result that opens without credentials, and expires."""

from pydantic import BaseModel

from progress import Progress, step
from steps.links import Link, sign
from steps.process_data.handovers import Converted, Processed
from steps.process_data.pipeline import Format, ProcessRequest
from steps.process_data.scoring import Score, score


class StepCount(BaseModel):
    """How many rows came to a step of the pipeline, and how many came out."""

    operator: str
    rows_in: int
    rows_out: int


class Delivered(Link):
    """The job's result. `size` is in bytes; `classification` is there where the pipeline had right labels."""

    rows_in: int
    rows_out: int
    size: int
    format: Format
    steps: list[StepCount]
    classification: Score | None = None


def deliver(
    request: ProcessRequest, processed: Processed, converted: Converted, progress: Progress
) -> Delivered:
    """Sign a link to the result, and say what became of the rows."""
    progress.report(0.5, f"Signing the link to {converted.rows:,} rows")
    counts = processed.counts
    judged = any(each.classify and each.classify.against for each in request.pipeline)
    return Delivered(
        **sign(converted.key).model_dump(),
        rows_in=counts[0],
        rows_out=converted.rows,
        size=converted.size,
        format=request.output.format,
        steps=[
            StepCount(operator=each.operator, rows_in=rows_in, rows_out=rows_out)
            for each, rows_in, rows_out in zip(request.pipeline, counts, counts[1:], strict=False)
        ],
        classification=score(processed.labels) if judged else None,
    )


handler = step(deliver)
