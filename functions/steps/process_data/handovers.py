"""The shapes that the stages of process_data hand to each other. Rows lie in S3; these say where."""

from pydantic import BaseModel, Field


class Surveyed(BaseModel):
    """The source: which object, its columns' SQL types (a CSV's as they seem). `size` is in bytes."""

    key: str
    etag: str
    size: int
    types: dict[str, str] = Field(default_factory=dict)


class Rows(BaseModel):
    """A Parquet object of the job's folder, its columns' SQL types, and how many rows it has."""

    key: str
    columns: dict[str, str]
    count: int


class Processed(BaseModel):
    """The rows behind some of the pipeline's steps, and what was counted.

    `counts` has the source's rows, then those that came out of each step; `labels` how many have which right
    and given label.
    """

    rows: Rows
    counts: list[int] = Field(default_factory=list)
    labels: list[tuple[str, str, int]] = Field(default_factory=list)


class Converted(BaseModel):
    """The result, as an object in the data bucket. `size` is in bytes."""

    key: str
    rows: int
    size: int
