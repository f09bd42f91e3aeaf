"""JSON Schema for people: in the models' own order, and without titles that repeat a field's name."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema


class Schemas(GenerateJsonSchema):
    """Makes models' JSON Schemas; give it to pydantic as `schema_generator`."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's
        """Say no: a field's title would be its name again."""
        return False

    def sort(self, value: Any, parent_key: str | None = None) -> Any:  # noqa: ARG002 - pydantic's
        """Leave the order as it is declared."""
        return value


def schema_of(payload: TypeAdapter[Any]) -> dict[str, Any]:
    """Return a payload's JSON Schema, what it refers to within it under `$defs`."""
    return payload.json_schema(schema_generator=Schemas)
