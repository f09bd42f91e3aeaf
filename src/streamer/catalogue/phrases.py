"""JSON Schemas in words: `integer 1-100`, `pdf | csv | xlsx`, `list of up to 10: string`."""

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def phrase(schema: Schema) -> str:
    """Return what a value may be; a model that the schema refers to by its name."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return " | ".join(dict.fromkeys(map(phrase, choices)))
    if "const" in schema or "enum" in schema:
        return " | ".join(map(_value, schema.get("enum", [schema.get("const")])))
    match schema.get("type"):
        case "string":
            return _string(schema)
        case "integer" | "number" as kind:
            low = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
            high = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
            return f"{kind}{_bounds(low, high)}"
        case "array":
            items = phrase(schema.get("items", {}))
            return f"list{_sizes(schema, 'Items')}{_of(items)}"
        case "object":
            values = schema.get("additionalProperties")
            kind = phrase(values) if isinstance(values, Mapping) else ""
            return f"object{_sizes(schema, 'Properties')}{_of(kind)}"
        case None:
            return "anything"
        case other:
            return str(other)


def _string(schema: Schema) -> str:
    if "format" in schema:
        return str(schema["format"])
    like = f" like {schema['pattern']}" if "pattern" in schema else ""
    return f"string{_sizes(schema, 'Length')}{like}"


def _of(kind: str) -> str:
    return f": {kind}" if kind not in {"", "anything"} else ""


def _sizes(schema: Schema, what: str) -> str:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low is None and high is not None:
        return f" of up to {high:,}"
    if high is None:
        return f" of at least {low:,}" if low is not None else ""
    return f" of {low:,}" if low == high else f" of {low:,}-{high:,}"


def _bounds(low: list[Any], high: list[Any]) -> str:
    if low and high:
        return f" {low[0]:,} to {high[0]:,}"
    if low:
        return f" from {low[0]:,}"
    return f" up to {high[0]:,}" if high else ""


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
