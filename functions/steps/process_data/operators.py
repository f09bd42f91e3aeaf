"""The operators that see one row at a time, made once for a part and run on batches of rows."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

from progress import PermanentError
from steps.process_data.closures import Evaluate, Row
from steps.process_data.pipeline import Classification
from steps.process_data.site import Column, Site
from steps.process_data.values import text_of

Batch = list[Row]
Operator = Callable[[Batch], Batch]


@dataclass
class Tally:
    """What was counted: the rows that came out of each step, and labels as (right, given)."""

    rows: Counter[int] = field(default_factory=Counter)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)


def rowwise(site: Site, part: int, tally: Tally) -> tuple[Operator, list[Column]]:
    """Return a step's operator for the rows of a part, and the columns that come out of it.

    Raises:
        PermanentError: the step names a column that is not there.
    """
    step, columns = site.step, list(site.columns)
    if step.filter is not None:
        return _filter(site.expression(step.filter)), columns
    if step.select is not None:
        indexes = [site.index(name) for name in step.select]
        return _select(indexes), [columns[at] for at in indexes]
    if step.rename is not None:
        return (lambda rows: rows), _renamed(site, step.rename)
    if step.derive is not None:
        return _derive(site, step.derive)
    if step.classify is not None:
        return _classify(site, step.classify, tally)
    if step.sample is not None and step.sample.fraction is not None:
        drawn = random.Random(f"{step.sample.seed} {site.number} {part}")  # noqa: S311 - a sample is no secret
        return _draw(drawn.random, step.sample.fraction), columns
    raise TypeError(f"{site} needs all rows")


def _filter(keep: Evaluate) -> Operator:
    return lambda rows: [row for row in rows if keep(row) is True]


def _select(indexes: list[int]) -> Operator:
    if len(indexes) == 1:
        (only,) = indexes
        return lambda rows: [[row[only]] for row in rows]
    pick = itemgetter(*indexes)
    return lambda rows: [list(pick(row)) for row in rows]


def _renamed(site: Site, names: dict[str, str]) -> list[Column]:
    for old in names:
        site.index(old)
    after = [Column(names.get(column.name, column.name), column.raw) for column in site.columns]
    if twice := [
        column.name for at, column in enumerate(after) if column.name in {c.name for c in after[:at]}
    ]:
        raise PermanentError(f'{site} makes two columns "{twice[0]}".')
    return after


def _derive(site: Site, derived: dict[str, str]) -> tuple[Operator, list[Column]]:
    columns, makers = list(site.columns), list[tuple[int | None, Evaluate]]()
    for name, text in derived.items():
        make = site.expression(text, columns)
        makers.append((_put(columns, name), make))

    def derive(rows: Batch) -> Batch:
        for at, make in makers:
            if at is None:
                for row in rows:
                    row.append(make(row))
            else:
                for row in rows:
                    row[at] = make(row)
        return rows

    return derive, columns


def _put(columns: list[Column], name: str) -> int | None:
    """Make `name` a column of values. Return where it was before; None where it is new, and the last."""
    for at, column in enumerate(columns):
        if column.name == name:
            columns[at] = Column(name, raw=False)
            return at
    columns.append(Column(name, raw=False))
    return None


def _classify(site: Site, spec: Classification, tally: Tally) -> tuple[Operator, list[Column]]:
    rules = [(site.expression(rule.when), rule.label) for rule in spec.rules]
    place = None if spec.against is None else site.places[site.columns[site.index(spec.against)].name]
    columns = list(site.columns)
    at = _put(columns, spec.column)

    def right(row: Row) -> str | None:
        if place is None:
            return None
        return row[place.index] or None if place.raw else text_of(row[place.index])

    def classify(rows: Batch) -> Batch:
        for row in rows:
            given = next((label for holds, label in rules if holds(row) is True), spec.otherwise)
            if (label := right(row)) is not None:
                tally.labels[label, given] += 1
            if at is None:
                row.append(given)
            else:
                row[at] = given
        return rows

    return classify, columns


def _draw(number: Callable[[], float], fraction: float) -> Operator:
    return lambda rows: [row for row in rows if number() < fraction]
