"""Passes of rows through the pipeline: each up to a step that needs all rows, from one file to the next."""

from collections.abc import Sequence
from itertools import pairwise

from progress import PermanentError
from sql.database import Database, Say, Table, quoted, told
from steps.process_data.handovers import Processed
from steps.process_data.operators import changes_count, needs_all_rows, view
from steps.process_data.pipeline import Step

MOST_LABELS, LONGEST_LABEL = 50, 64


def cut(pipeline: Sequence[Step]) -> list[range]:
    """Cut a pipeline, by its steps' numbers, behind each step that needs all rows."""
    ends = [number + 1 for number, step in enumerate(pipeline) if needs_all_rows(step)]
    cuts = sorted({0, *ends, len(pipeline)})
    return [range(start, end) for start, end in pairwise(cuts)]


def pass_rows(
    engine: Database, pipeline: Sequence[Step], numbers: range, source: str, processed: Processed, say: Say
) -> Table:
    """Pass the rows of the view `source` through the steps of these numbers; `processed` is told the counts.

    The first of a job's passes also tells how many rows the source has.

    Raises:
        PermanentError: the steps, or what is in the rows, cannot be computed.
    """
    first, views = source, dict[int, str]()
    for number in numbers:
        source = views[number] = view(engine, number, pipeline[number], source)
    named = f"Steps {numbers[0] + 1} to {numbers[-1] + 1}" if len(numbers) > 1 else f"Step {numbers[0] + 1}"
    with told(named):
        made = engine.write(source, say)
        if not processed.counts:
            may_stop_early = made.read is None or any(pipeline[number].sql for number in numbers)
            processed.counts.append(engine.count(first) if may_stop_early else made.read or 0)
        last = max((number for number in numbers if changes_count(pipeline[number])), default=None)
        for number in numbers:
            step, count = pipeline[number], processed.counts[-1]
            if number == last:
                count = made.count
            elif changes_count(step):
                count = engine.count(views[number])
            processed.counts.append(count)
            if step.classify and step.classify.against:
                right, given = quoted(step.classify.against), quoted(step.classify.column)
                pairs = f"SELECT {right}::VARCHAR, {given}, count(*) FROM {views[number]}"
                grouped = f"{pairs} WHERE {right} IS NOT NULL GROUP BY ALL LIMIT {MOST_LABELS**2 + 1}"
                processed.labels = [(*each,) for each in engine.run(grouped)]
    labels = {label for right, given, _ in processed.labels for label in (right, given)}
    if len(labels) > MOST_LABELS or any(len(label) > LONGEST_LABEL for label in labels):
        raise PermanentError(
            f"The column to classify against has over {MOST_LABELS} labels, "
            f"or one over {LONGEST_LABEL} characters."
        )
    return made
