"""JSON Schemas in words."""

from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel, StringConstraints, TypeAdapter

from streamer.catalogue.phrases import phrase
from streamer.catalogue.schemas import schema_of


class Inner(BaseModel):
    field: int


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Any, "anything"),
        (bool, "boolean"),
        (int, "integer"),
        (Annotated[int, Ge(-1)], "integer from -1"),
        (Annotated[int, Ge(1), Le(10_000)], "integer 1 to 10,000"),
        (Annotated[float, Gt(0), Le(0.5)], "number 0 to 0.5"),
        (Annotated[float, Le(5)], "number up to 5"),
        (str, "string"),
        (Annotated[str, MaxLen(128)], "string of up to 128"),
        (Annotated[str, MinLen(1)], "string of at least 1"),
        (Annotated[str, StringConstraints(pattern="^[a-z]$")], "string like ^[a-z]$"),
        (Literal["pdf", "csv"], "pdf | csv"),
        (Literal["pdf"], "pdf"),
        (str | None, "string | null"),
        (str | list[str], "string | list: string"),
        (Annotated[list[int], MinLen(1), MaxLen(20)], "list of 1-20: integer"),
        (Annotated[list[int], MinLen(2), MaxLen(2)], "list of 2: integer"),
        (Annotated[dict[str, int], MaxLen(10)], "object of up to 10: integer"),
        (dict[str, Any], "object"),
        (Annotated[list[Inner], MaxLen(3)], "list of up to 3: Inner"),
    ],
)
def test_a_type_reads_as(kind: Any, words: str) -> None:
    assert phrase(schema_of(TypeAdapter(kind))) == words
