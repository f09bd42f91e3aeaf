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


def sent(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a frame's schema as the client finds it: what is None is left out, all else is always there."""
    optional = {name for name, field in schema["properties"].items() if field.get("default", 0) is None}
    fields = {name: _not_null(field) for name, field in schema["properties"].items()}
    required = [name for name in fields if name not in optional]
    return schema | {"properties": fields, "required": required}


def _not_null(field: dict[str, Any]) -> dict[str, Any]:
    if "default" not in field:
        return field
    kept = {key: value for key, value in field.items() if key not in {"default", "anyOf"}}
    choices = [choice for choice in field.get("anyOf", []) if choice.get("type") != "null"]
    return kept | (choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {})
