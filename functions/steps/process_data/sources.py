"""What comes out of a step that needs all rows, part by part, as the next segment reads it."""

import random
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain

from steps.process_data.grouping import Groups
from steps.process_data.objects import Run, rows_of
from steps.process_data.operators import Batch
from steps.process_data.passes import in_batches
from steps.process_data.reading import ROWS_AT_ONCE
from steps.process_data.site import Site
from steps.process_data.sorting import Merge, sort_key


class Grouped:
    """The groups of all parts: the first part has them all."""

    def __init__(self, site: Site, parts: list[list[Run]]) -> None:
        self._site, self._parts = site, parts

    def part(self, number: int) -> Iterator[Batch]:
        """Yield the rows of a part.

        Raises:
            PermanentError: there are more groups than memory should hold.
        """
        if number == 0:
            groups = Groups(self._site)
            for run in chain(*self._parts):
                for batch in rows_of(run.key):
                    groups.merge(batch)
            yield from in_batches(groups.rows())


class Sorted:
    """The rows of all runs in order, as many in each part. Parts are read one after the other."""

    def __init__(self, site: Site, parts: list[list[Run]], offsets: list[int]) -> None:
        """`offsets` says where to go on in each run, and is kept up to date."""
        runs = list(chain(*parts))
        self._merge = Merge(runs, sort_key(site), offsets)
        self._rows = -(-sum(run.rows for run in runs) // len(parts))

    def part(self, _: int) -> Iterator[Batch]:
        """Yield the rows of the next part."""
        left = self._rows
        while left and (batch := self._merge.take(min(left, ROWS_AT_ONCE))):
            left -= len(batch)
            yield batch


class Drawn:
    """So many rows of all, each as likely as any other, in the order that they had."""

    def __init__(self, site: Site, parts: list[list[Run]]) -> None:
        sample = site.step.sample
        if sample is None or sample.rows is None:
            raise TypeError(f"{site} draws no number of rows")
        self._parts = parts
        self._sizes = [sum(run.rows for run in runs) for runs in parts]
        every = range(sum(self._sizes))
        drawn = random.Random(f"{sample.seed} {site.number}")  # noqa: S311 - a sample is no secret
        self._numbers = sorted(drawn.sample(every, min(sample.rows, len(every))))

    def part(self, number: int) -> Iterator[Batch]:
        """Yield the rows of a part."""
        at = sum(self._sizes[:number])
        for batch in chain(*(rows_of(run.key) for run in self._parts[number])):
            wanted = self._numbers[
                bisect_left(self._numbers, at) : bisect_left(self._numbers, at + len(batch))
            ]
            yield [batch[each - at] for each in wanted]
            at += len(batch)


Source = Grouped | Sorted | Drawn


def source_of(site: Site, parts: list[list[Run]], offsets: list[int]) -> Source:
    """Return what comes out of a step that needs all rows; `offsets` is where a sort goes on in each run."""
    if site.step.aggregate is not None:
        return Grouped(site, parts)
    if site.step.sort is not None:
        return Sorted(site, parts, offsets)
    return Drawn(site, parts)
