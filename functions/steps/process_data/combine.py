"""Combine the rows: from the first step that needs all of them on."""

from collections.abc import Iterable, Iterator

from pydantic import Field

from progress import Progress, step
from steps.process_data.handovers import Processed, Surveyed
from steps.process_data.objects import Run
from steps.process_data.operators import Batch, Tally
from steps.process_data.passes import pass_part
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.plan import plan
from steps.process_data.sources import Source, source_of


class Combining(Processed):
    """How far it is: the parts that the pass made so far, and up to where each sorted run was read."""

    made: list[list[Run]] = Field(default_factory=list)
    offsets: list[int] = Field(default_factory=list)


def combine(
    request: ProcessRequest, surveyed: Surveyed, prepared: Processed, progress: Progress
) -> Processed:
    """Make a pass for every segment of the pipeline behind the first; where there is none, it costs nothing.

    Each pass makes as many parts as the source has, so that all there is to do is known from the beginning.

    Raises:
        PermanentError: the groups, or the rows that are made, are too large.
    """
    parts = len(surveyed.parts)
    segments = plan(request.pipeline, surveyed.typed)
    barriers = [segment.barrier for segment in segments if segment.barrier is not None]
    passes = [(*each, part) for each in zip(barriers, segments[1:], strict=True) for part in range(parts)]
    combining = Combining(**vars(prepared) | {"read": 0})
    source: Source | None = None
    for barrier, segment, part in progress.track(passes, "Combined {state.read:,} rows", state=combining):
        if part == 0:
            combining.offsets = [0] * sum(map(len, combining.parts))
        if part == 0 or source is None:
            source = source_of(barrier, combining.parts, combining.offsets)
        tally = Tally()
        rows = _counted(source.part(part), tally, barrier.number)
        runs, later = pass_part(segment, rows, part, progress.job.folder)
        combining.add(tally)
        combining.add(later)
        combining.read += tally.rows[barrier.number]
        combining.made.append(runs)
        if part == parts - 1:
            combining.parts, combining.made = combining.made, []
    return Processed(**{name: getattr(combining, name) for name in Processed.model_fields})


def _counted(rows: Iterable[Batch], tally: Tally, number: int) -> Iterator[Batch]:
    """Yield the rows that come out of the step of this number."""
    for batch in rows:
        tally.rows[number] += len(batch)
        yield batch


handler = step(combine)
