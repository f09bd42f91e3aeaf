"""The payload of `bulk_operation`, and what an item is, whether it comes in the payload or in a manifest."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from steps.origins import Source

MOST_ITEMS = 10_000
DEEPEST = 20  # levels; DynamoDB takes 32
# What DynamoDB can keep: 38 digits, and magnitudes between these.
DIGITS, SMALLEST, LARGEST = 38, 1e-128, 1e125

# Attributes of a record that are not its fields.
RESERVED = frozenset({"tenant", "id", "tags", "last_write"})

Operation = Literal["put", "update", "delete", "tag"]
_NEEDS: dict[str, str | None] = {"put": "fields", "update": "fields", "delete": None, "tag": "tags"}


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"{name!r} is not a field's name: it is the record's own")
    return name


def _storable(value: Any, depth: int = 0) -> Any:
    """Take what a table can keep as it is."""
    if depth > DEEPEST:
        raise ValueError(f"must not be nested over {DEEPEST} levels deep")
    if isinstance(value, dict):
        for name, part in value.items():
            if not name:
                raise ValueError("must not have empty names")
            _storable(name)
            _storable(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            _storable(part, depth + 1)
    elif isinstance(value, str):
        _is_text(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _is_number(value)
    return value


def _is_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must be Unicode without half pairs") from None


def _is_number(value: float) -> None:
    if isinstance(value, int):
        if abs(value) >= 10**DIGITS:
            raise ValueError(f"must not have over {DIGITS} digits")
    elif not math.isfinite(value) or (value and not SMALLEST <= abs(value) <= LARGEST):
        raise ValueError("must be a number that a table can keep")


FieldName = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_not_reserved)]
Fields = Annotated[dict[FieldName, Any], Field(min_length=1, max_length=100), AfterValidator(_storable)]
Text = Annotated[str, StringConstraints(max_length=256)]
Scalar = Annotated[bool | int | float | Text | None, AfterValidator(_storable)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Item(BaseModel):
    """What to do to one record. `put` and `update` take `fields`, `tag` takes `tags`, `delete` nothing."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    id: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    fields: Fields | None = None
    tags: Annotated[list[Tag], Field(min_length=1, max_length=50)] | None = None

    def unfit(self, operation: Operation) -> tuple[str, str] | None:
        """Return what is wrong with the item for this operation: the part, and why."""
        for part in ("fields", "tags"):
            given, needed = getattr(self, part) is not None, part == _NEEDS[operation]
            if given != needed:
                return part, f"{operation} {'needs' if needed else 'takes no'} {part}"
        return None


class Condition(BaseModel):
    """What must hold of a record for its item to be applied: that it is there, what its fields are."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    exists: bool | None = None
    equals: dict[FieldName, Scalar] = Field(default_factory=dict, max_length=10)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.exists is None and not self.equals:
            raise ValueError("give exists or equals")
        if self.exists is False and self.equals:
            raise ValueError("a record that must not exist has no fields to be equal")
        return self


class BulkOperation(BaseModel):
    """Put, update, delete or tag many records at once; what fails is named, what succeeds is kept."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        serialize_by_alias=True,
        json_schema_extra={
            "examples": [
                {
                    "operation": "update",
                    "items": [
                        {"id": "order-1", "fields": {"status": "sent"}},
                        {"id": "order-2", "fields": {"status": "sent", "parcel": 4711}},
                    ],
                    "if": {"equals": {"status": "paid"}},
                }
            ]
        },
    )

    operation: Operation
    items: Annotated[list[Item], Field(min_length=1, max_length=MOST_ITEMS)] | None = None
    manifest: Source | None = None
    batch_size: int = Field(100, ge=1, le=100)
    condition: Condition | None = Field(None, alias="if")
    tolerated_failure_percentage: float = Field(100, ge=0, le=100)

    @field_validator("items")
    @classmethod
    def _fit(cls, items: list[Item] | None, info: ValidationInfo) -> list[Item] | None:
        operation: Operation | None = info.data.get("operation")
        if items is None or operation is None:
            return items
        first: dict[str, int] = {}
        faults = []
        for index, item in enumerate(items):
            if found := item.unfit(operation):
                faults.append(_fault((index, found[0]), found[1]))
            if first.setdefault(item.id, index) != index:
                faults.append(_fault((index, "id"), f"is the id of items[{first[item.id]}] already"))
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return items

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.items is None) is (self.manifest is None):
            raise ValueError("give either items or manifest")
        return self


def _fault(path: tuple[int | str, ...], message: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError("item", message), loc=path, input=None)
