"""Where a step of the pipeline is: which columns come to it, and how its names and expressions are read."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from progress import PermanentError
from steps.process_data.closures import Evaluate, Place, compiled
from steps.process_data.expressions import columns as columns_of
from steps.process_data.expressions import parse
from steps.process_data.pipeline import Step


@dataclass(frozen=True)
class Column:
    """A column of the rows. `raw` says that it holds CSV cells as they were read, not values."""

    name: str
    raw: bool


@dataclass(frozen=True)
class Site:
    """Where a step is: its number in the pipeline, from 0, and the columns that come to it."""

    number: int
    step: Step
    columns: Sequence[Column]

    def __str__(self) -> str:
        return f"Step {self.number + 1} ({self.step.operator})"

    @property
    def places(self) -> dict[str, Place]:
        """Where each column is."""
        return {column.name: Place(at, column.raw) for at, column in enumerate(self.columns)}

    def index(self, name: str) -> int:
        """Return where a column is.

        Raises:
            PermanentError: there is no such column.
        """
        for at, column in enumerate(self.columns):
            if column.name == name:
                return at
        known = ", ".join(column.name for column in self.columns)
        raise PermanentError(f'{self} names the column "{name}", which is not there. There are: {known}.')

    def expression(self, text: str, columns: Sequence[Column] | None = None) -> Evaluate:
        """Return an expression over this step's columns, or over `columns`.

        Raises:
            PermanentError: it names a column that is not there.
        """
        site = self if columns is None else Site(self.number, self.step, columns)
        return site.compiled(parse(text))

    def compiled(self, tree: ast.expr) -> Evaluate:
        """Return the function that an expression's tree is.

        Raises:
            PermanentError: it names a column that is not there.
        """
        for name in columns_of(tree):
            self.index(name)
        return compiled(tree, self.places)
