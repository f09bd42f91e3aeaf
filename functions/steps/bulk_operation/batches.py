"""The shapes that the operation's stages hand to each other, and where they lie."""

from pydantic import BaseModel, Field

from steps.bulk_operation.operation import Condition, Operation


class Manifest(BaseModel):
    """The items, a JSON object a line; `etag` is the object's, so that all stages read the same one."""

    key: str
    etag: str
    size: int


class Batch(BaseModel):
    """A part of the manifest: its bytes from `start` to before `end`, the first of them on line `first`.

    `count` is how many items that is; `repeated` lists the lines whose id stands on an earlier line.
    """

    index: int
    first: int
    start: int
    end: int
    count: int
    repeated: list[int] = Field(default_factory=list)


class Planned(BaseModel):
    """What to do: the list of batches, as the key of a JSON object, and what all of them need.

    `folder` is this run's own: a request's id is free again after a week, its intermediate data may be there.
    `run` tells the run from another of the same id.
    """

    operation: Operation
    condition: Condition | None
    tolerated_failure_percentage: float
    manifest: Manifest
    bucket: str
    folder: str
    batches: str
    run: str
    total: int


class Failure(BaseModel):
    """An item that was not applied: its line, its id where one could be read, a code, and words."""

    n: int
    id: str | None
    code: str
    message: str


class Applied(BaseModel):
    """What became of a batch: line and id of what was applied, and what was not."""

    done: list[tuple[int, str]] = Field(default_factory=list)
    failures: list[Failure] = Field(default_factory=list)


def result_key(plan: Planned, batch: Batch) -> str:
    """Return where a batch's `Applied` lies in the data bucket."""
    return f"{plan.folder}result {batch.index:05d}.json"
