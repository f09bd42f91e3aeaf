"""One pass of a part's rows through a segment of the pipeline."""

from collections.abc import Iterable, Iterator
from itertools import islice

from steps.process_data.closures import Row
from steps.process_data.grouping import Groups
from steps.process_data.objects import Run, write_rows
from steps.process_data.operators import Batch, Tally
from steps.process_data.plan import Rowwise, Segment
from steps.process_data.reading import ROWS_AT_ONCE
from steps.process_data.sorting import Sorter, sort_key


def pass_part(segment: Segment, rows: Iterable[Batch], part: int, folder: str) -> tuple[list[Run], Tally]:
    """Pass rows through the segment's steps and write them to the job's folder, ready for its barrier.

    That is: groups before an aggregate, sorted runs before a sort, rows otherwise. The objects' names depend
    on nothing but segment and part, so that doing it again does no harm.

    Raises:
        PermanentError: the rows, or their groups, are too large.
    """
    steps = Rowwise(segment, part)

    def name(run: int) -> str:
        return f"{folder}rows/{segment.number}-{part}-{run}.jsonl"

    passed = (steps.run(batch) for batch in rows)
    barrier = segment.barrier
    if barrier is not None and barrier.step.aggregate is not None:
        groups = Groups(barrier)
        for batch in passed:
            groups.add(batch)
        runs = [write_rows(name(0), in_batches(groups.groups()))]
    elif barrier is not None and barrier.step.sort is not None:
        sorter = Sorter(sort_key(barrier), name)
        for batch in passed:
            sorter.add(batch)
        runs = sorter.close()
    else:
        runs = [write_rows(name(0), passed)]
    return [run for run in runs if run.rows], steps.tally


def in_batches(rows: Iterable[Row]) -> Iterator[Batch]:
    """Yield rows some at a time."""
    each = iter(rows)
    while batch := list(islice(each, ROWS_AT_ONCE)):
        yield batch
