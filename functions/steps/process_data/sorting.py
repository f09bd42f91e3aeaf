"""sort: each part becomes sorted runs, and the runs are merged, so that no more than a run is in memory."""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import itemgetter, neg
from sys import getsizeof
from typing import Any

from steps.process_data.closures import Row
from steps.process_data.objects import CHUNK, Pieces, Run, Writer, as_block, encode, read
from steps.process_data.site import Site
from steps.process_data.values import NUMERIC, Value, cell, text_of

LARGEST_RUN = 128 * 1024 * 1024  # bytes of memory, as estimated
READ_AHEAD = 32 * 1024 * 1024  # bytes, of all runs together

Key = tuple[Any, ...]


class _Falling:
    """A text that sorts the other way round."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __lt__(self, other: "_Falling") -> bool:
        return other.text < self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and other.text == self.text

    __hash__ = None  # type: ignore[assignment]


def sort_key(site: Site) -> Callable[[Row], Key]:
    """Return what a sort step compares of a row.

    Raises:
        PermanentError: the step names a column that is not there.
    """
    parts = list[tuple[Callable[[Row], Value], bool]]()
    for wanted in site.step.sort or ():
        parts.append((_value_at(site, site.index(wanted.by)), wanted.descending))
    if len(parts) == 1:
        ((value, descending),) = parts
        return lambda row: _rank(value(row), descending)
    return lambda row: tuple(each for value_of, falls in parts for each in _rank(value_of(row), falls))


def _value_at(site: Site, index: int) -> Callable[[Row], Value]:
    return (lambda row: cell(row[index])) if site.columns[index].raw else itemgetter(index)


def _rank(value: Any, descending: bool) -> Key:
    """Order numbers, then texts, false and true, lists and objects, then nulls; `descending` within each."""
    if value.__class__ in NUMERIC:
        return 0, (neg(value) if descending else value)  # type: ignore[arg-type]
    if value.__class__ is str:
        return 1, _Falling(value) if descending else value
    if value.__class__ is bool:
        return 2, value is not descending
    if value is not None:
        text = text_of(value)
        return 3, _Falling(str(text)) if descending else text
    return 4, None


class Sorter:
    """Writes the rows that are added as sorted runs."""

    def __init__(self, key: Callable[[Row], Key], name: Callable[[int], str]) -> None:
        """`name` says where in the bucket the run of a number goes."""
        self._key, self._name = key, name
        self._rows = list[tuple[Key, str]]()
        self._size = 0
        self._runs = list[Run]()

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows.

        Raises:
            PermanentError: a row is too long.
        """
        for row in rows:
            line = encode(row)
            self._rows.append((self._key(row), line))
            self._size += 300 + getsizeof(line)
        if self._size > LARGEST_RUN:
            self._write()

    def close(self) -> list[Run]:
        """Return the runs."""
        if self._rows:
            self._write()
        return self._runs

    def _write(self) -> None:
        self._rows.sort(key=itemgetter(0))
        writer, count = Writer(Pieces(key=self._name(len(self._runs)))), len(self._rows)
        for at in range(0, count, 1000):
            writer.write(as_block([line for _, line in self._rows[at : at + 1000]]))
        writer.close()
        self._runs.append(Run(key=writer.pieces.key, rows=count, size=writer.pieces.size))
        self._rows, self._size = [], 0


class Merge:
    """The rows of sorted runs in their common order; rows that compare equal keep the order of the runs.

    `offsets` says how far each run was read: a merge goes on there.
    """

    def __init__(self, runs: list[Run], key: Callable[[Row], Key], offsets: list[int]) -> None:
        self._key, self.offsets = key, offsets
        self._ahead = min(max(READ_AHEAD // max(len(runs), 1), CHUNK // 4), 4 * 1024 * 1024)
        self._merged = heapq.merge(
            *[self._read(number, run) for number, run in enumerate(runs)], key=itemgetter(0)
        )

    def take(self, count: int) -> list[Row]:
        """Return the next `count` rows, or as many as there are."""
        rows = list[Row]()
        for _, row, number, end in islice(self._merged, count):
            rows.append(row)
            self.offsets[number] = end
        return rows

    def _read(self, number: int, run: Run) -> Iterator[tuple[Key, Row, int, int]]:
        at, end, rest = self.offsets[number], self.offsets[number], b""
        while at < run.size:
            chunk = b"".join(read(run.key, at, min(at + self._ahead, run.size)))
            at += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                end += len(line) + 1
                row = json.loads(line)
                yield self._key(row), row, number, end
