"""What is to be done: the pipeline, cut into segments that each read the rows once."""

from collections.abc import Sequence
from dataclasses import dataclass

from progress import PermanentError
from steps.process_data.grouping import Groups
from steps.process_data.operators import Batch, Operator, Tally, rowwise
from steps.process_data.pipeline import Step
from steps.process_data.site import Column, Site
from steps.process_data.sorting import sort_key
from steps.process_data.values import LONGEST_TEXT, TextTooLong


@dataclass(frozen=True)
class Segment:
    """Steps that see one row at a time, and the one after them that needs all rows; None at the end."""

    number: int
    sites: tuple[Site, ...]
    columns: Sequence[Column]  # of the rows that come out of `sites`
    barrier: Site | None = None


def plan(pipeline: Sequence[Step], columns: Sequence[Column]) -> list[Segment]:
    """Cut a pipeline after each step that needs all rows; check every name in it.

    Raises:
        PermanentError: a step names a column that is not there, or makes one twice.
    """
    segments, sites = list[Segment](), list[Site]()
    for number, step in enumerate(pipeline):
        site = Site(number, step, columns)
        if needs_all_rows(step):
            segments.append(Segment(len(segments), tuple(sites), site.columns, site))
            sites, columns = [], _after(site)
        else:
            sites.append(site)
            _, columns = rowwise(site, 0, Tally())
    return [*segments, Segment(len(segments), tuple(sites), columns)]


def needs_all_rows(step: Step) -> bool:
    """Whether a step's result for a row depends on other rows."""
    return bool(step.aggregate or step.sort or (step.sample and step.sample.rows))


def _after(site: Site) -> list[Column]:
    """Return the columns that come out of a step that needs all rows, having made it once."""
    if site.step.aggregate is not None:
        return Groups(site).columns
    if site.step.sort is not None:
        sort_key(site)
    return list(site.columns)


class Rowwise:
    """The steps of a segment, for the rows of one part."""

    def __init__(self, segment: Segment, part: int) -> None:
        self.tally = Tally()
        self._operators = list[tuple[Site, Operator]]()
        for site in segment.sites:
            operator, _ = rowwise(site, part, self.tally)
            self._operators.append((site, operator))

    def run(self, rows: Batch) -> Batch:
        """Return what becomes of a batch.

        Raises:
            PermanentError: an expression would make too long a text.
        """
        for site, operator in self._operators:
            try:
                rows = operator(rows)
            except TextTooLong:
                raise PermanentError(f"{site} makes a text over {LONGEST_TEXT:,} characters.") from None
            self.tally.rows[site.number] += len(rows)
        return rows
