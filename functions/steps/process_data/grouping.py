"""aggregate: one row a group. Parts are grouped one by one, and their groups merged then."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import gt, itemgetter, lt
from sys import getsizeof
from typing import Any

from progress import PermanentError
from steps.process_data.closures import Evaluate, Row
from steps.process_data.expressions import parse_measure
from steps.process_data.site import Column, Site
from steps.process_data.values import LARGEST, NUMERIC, Value, comparable, text_of

LARGEST_GROUPS = 256 * 1024 * 1024  # bytes of memory by an estimate that is twice what it takes, or more

Slots = list[Any]


def _count(slots: Slots, at: int, _: Value) -> None:
    slots[at] += 1


def _add(slots: Slots, at: int, value: Value) -> None:
    if value.__class__ in NUMERIC:
        before = slots[at]
        try:
            slots[at] = value if before is None else before + value
        except OverflowError:  # a whole number beyond all floats, and a float
            slots[at] = math.inf


def _add_to_mean(slots: Slots, at: int, value: Value) -> None:
    if value.__class__ in NUMERIC:
        slots[at + 1] += 1
        _add(slots, at, value)


def _extreme(better: Callable[[Any, Any], bool]) -> Callable[[Slots, int, Value], None]:
    """Return what keeps the least or the greatest number; of texts only where there is no number."""

    def take(slots: Slots, at: int, value: Value) -> None:
        before = slots[at]
        if before is None:
            slots[at] = value if comparable(value, value) else None
        elif comparable(before, value):
            if better(value, before):
                slots[at] = value
        elif value.__class__ in NUMERIC:
            slots[at] = value

    return take


def _finite(total: Value) -> Value:
    return total if total is not None and -LARGEST < total < LARGEST else None


def _mean(slots: Slots, at: int) -> Value:
    total = _finite(slots[at])
    return None if total is None else total / slots[at + 1]


@dataclass(frozen=True)
class Measure:
    """A measure in some of a group's slots: how they begin, how they take a value, what they say."""

    empty: tuple[Any, ...]
    take: Callable[[Slots, int, Value], None]
    result: Callable[[Slots, int], Value]

    def merge(self, slots: Slots, at: int, other: Slots) -> None:
        """Add what another part's slots hold."""
        if self.take is _count:
            slots[at] += other[at]
        elif self.take is _add_to_mean:
            _add(slots, at, other[at])
            slots[at + 1] += other[at + 1]
        elif other[at] is not None:
            self.take(slots, at, other[at])


MEASURES = {
    "count": Measure((0,), _count, lambda slots, at: slots[at]),
    "sum": Measure((None,), _add, lambda slots, at: _finite(slots[at])),
    "mean": Measure((None, 0), _add_to_mean, _mean),
    "min": Measure((None,), _extreme(lt), lambda slots, at: slots[at]),
    "max": Measure((None,), _extreme(gt), lambda slots, at: slots[at]),
}


def _of_all(_: Row) -> Value:
    return True


class Groups:
    """The groups of the rows that were added. They keep the order in which they first came.

    A group is a list: the columns of `by`, then the measures' slots.
    """

    def __init__(self, site: Site) -> None:
        """Prepare to group at an aggregate step.

        Raises:
            PermanentError: the step names a column that is not there.
        """
        spec = site.step.aggregate
        if spec is None:
            raise TypeError(f"{site} is no aggregate")
        self._site = site
        self._by = [site.index(name) for name in spec.by]
        self._measures = list[tuple[Measure, int, Evaluate]]()
        self._empty = list[Any]()
        for text in spec.measures.values():
            name, measured = parse_measure(text)
            value = _of_all if measured is None else site.compiled(measured)
            self._measures.append((MEASURES[name], len(self._by) + len(self._empty), value))
            self._empty += MEASURES[name].empty
        self.columns = [site.columns[at] for at in self._by]
        self.columns += [Column(name, raw=False) for name in spec.measures]
        self._key = _key_of([site.columns[at] for at in self._by])
        self._groups: dict[Any, Slots] = {}
        self._size = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows to their groups.

        Raises:
            PermanentError: there are more groups than memory should hold.
        """
        key_of, groups = self._key, self._groups
        takes = [(measure.take, at, value_of) for measure, at, value_of in self._measures]
        for row in rows:
            by = [row[at] for at in self._by]
            key = key_of(by)
            slots = groups.get(key)
            if slots is None:
                slots = self._open(key, by)
            for take, at, value_of in takes:
                value = value_of(row)
                if value is not None:
                    take(slots, at, value)
                    if value.__class__ is str and slots[at] is value:
                        self._grow(getsizeof(value))

    def merge(self, groups: Iterable[Slots]) -> None:
        """Add another part's groups.

        Raises:
            PermanentError: there are more groups than memory should hold.
        """
        for other in groups:
            by = other[: len(self._by)]
            key = self._key(by)
            slots = self._groups.get(key)
            if slots is None:
                slots = self._open(key, by)
            for measure, at, _ in self._measures:
                measure.merge(slots, at, other)
                if slots[at].__class__ is str:
                    self._grow(getsizeof(slots[at]))

    def groups(self) -> Iterator[Slots]:
        """Return the groups as they are merged."""
        return iter(self._groups.values())

    def rows(self) -> Iterator[Row]:
        """Return a row for each group. Without `by` there is one, also where there are no rows."""
        if not self._by and not self._groups:
            self._open((), [])
        by = len(self._by)
        for slots in self._groups.values():
            yield slots[:by] + [measure.result(slots, at) for measure, at, _ in self._measures]

    def _open(self, key: Any, by: list[Value]) -> Slots:
        slots = self._groups[key] = by + self._empty
        self._grow(300 + 60 * len(slots) + 2 * sum(getsizeof(value) for value in by))
        return slots

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > LARGEST_GROUPS:
            raise PermanentError(
                f"{self._site} makes too many groups, {len(self._groups):,} so far: group by fewer columns."
            )


def _key_of(columns: list[Column]) -> Callable[[list[Value]], Any]:
    """Return what tells groups apart: cells as they were read, values so that true is not 1."""
    if not all(column.raw for column in columns):
        return lambda by: tuple(map(_told_apart, by))
    if len(columns) == 1:
        return itemgetter(0)
    return tuple


def _told_apart(value: Value) -> Any:
    if value is None or value.__class__ is str or value.__class__ in NUMERIC:
        return value
    return value.__class__.__name__, text_of(value)
