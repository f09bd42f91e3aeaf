"""The shapes that the stages of process_data hand to each other. Rows lie in S3; these say where."""

from collections import Counter

from pydantic import BaseModel, Field

from progress import PermanentError
from steps.process_data.objects import Run
from steps.process_data.operators import Tally
from steps.process_data.pipeline import Format
from steps.process_data.site import Column

MOST_LABELS, LONGEST_LABEL = 50, 64


class Part(BaseModel):
    """A part of the source, cut where rows end: the bytes from `start` to before `end`, after `row` rows."""

    start: int
    end: int
    row: int


class Surveyed(BaseModel):
    """The source: which object, its columns, its parts and how many rows it has. `size` is in bytes."""

    key: str
    etag: str
    size: int
    format: Format
    columns: list[str] = Field(default_factory=list)
    parts: list[Part] = Field(default_factory=list)
    rows: int = 0

    @property
    def end(self) -> int:
        """Up to where the object is surveyed."""
        return self.parts[-1].end if self.parts else 0

    @property
    def typed(self) -> list[Column]:
        """The columns; those of a CSV hold cells."""
        return [Column(name, raw=self.format == "csv") for name in self.columns]


class Processed(BaseModel):
    """The rows behind some of the pipeline's steps: where they are, part by part, and what was counted.

    `counts` has the rows that came out of each step; `labels` the right labels, and for each the given ones.
    """

    parts: list[list[Run]] = Field(default_factory=list)
    read: int = 0
    counts: Counter[int] = Field(default_factory=Counter)
    labels: dict[str, dict[str, int]] = Field(default_factory=dict)

    def add(self, tally: Tally) -> None:
        """Add what was counted in a part.

        Raises:
            PermanentError: there are more labels than can be told.
        """
        self.counts += tally.rows
        for (right, given), count in tally.labels.items():
            row = self.labels.setdefault(right, {})
            row[given] = row.get(given, 0) + count
        known = {*self.labels, *(given for row in self.labels.values() for given in row)}
        if len(known) > MOST_LABELS or any(len(label) > LONGEST_LABEL for label in known):
            raise PermanentError(
                f"The column to classify against has over {MOST_LABELS} labels, "
                f"or one over {LONGEST_LABEL} characters."
            )


class Converted(BaseModel):
    """The result, as an object in the data bucket. `size` is in bytes."""

    key: str
    rows: int
    size: int
