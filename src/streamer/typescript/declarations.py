"""JSON Schemas of pydantic models as TypeScript declarations, doc comments included. Text in, text out."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

LINE = 110
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
# What a model may be called in Python, and an interface may not.
_TAKEN = frozenset(
    {"any", "boolean", "false", "never", "null", "number", "string", "true", "undefined", "unknown", "void"}
    | {"class", "const", "default", "enum", "export", "function", "import", "object", "type", "Actions"}
)
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def declarations(definitions: Mapping[str, Schema]) -> str:
    """Return an exported declaration for each schema, by its name: an interface where it is an object."""
    tags = _tags(definitions)
    return "\n".join(_declaration(name, schema, tags.get(name)) for name, schema in definitions.items())


def identifier(name: str) -> str:
    """Return a model's name as TypeScript takes it: pydantic's `Item-Input` is `ItemInput`."""
    name = re.sub(r"[^A-Za-z0-9_$]", "", name)
    return f"{name}_" if name in _TAKEN or not _IDENTIFIER.fullmatch(name) else name


def type_of(schema: Any) -> str:
    """Return a schema as a type."""
    if not isinstance(schema, Mapping):
        return "never" if schema is False else "unknown"
    if "$ref" in schema:
        return identifier(str(schema["$ref"]).rpartition("/")[2])
    if choices := _choices(schema):
        return "unknown" if "unknown" in choices else " | ".join(choices)
    if parts := schema.get("allOf"):
        return " & ".join(dict.fromkeys(_grouped(type_of(part)) for part in parts))
    match schema.get("type"):
        case "array":
            return _array(schema)
        case "object":
            return _object(schema)
        case list(kinds):
            return type_of({"anyOf": [{**schema, "type": kind} for kind in kinds]})
        case kind:
            return _PLAIN.get(str(kind), "unknown")


def comment(text: str, indent: str = "") -> str:
    """Return a text as a doc comment, with its line's end; nothing for no text."""
    lines = text.replace("*/", "*\\/").strip().splitlines()
    if not lines:
        return ""
    if len(lines) == 1 and len(indent + lines[0]) + 7 <= LINE:
        return f"{indent}/** {lines[0]} */\n"
    return (
        f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"
    )


def field(name: str, kind: str, *, optional: bool, told: str = "") -> str:
    """Return a property of an interface, with its doc comment."""
    return f"{comment(told, '  ')}  {_key(name)}{'?' if optional else ''}: {kind};\n"


def _declaration(name: str, schema: Schema, tag: str | None) -> str:
    told = comment(schema.get("description", ""))
    if schema.get("type") != "object" or not schema.get("properties"):
        alias = f"export type {identifier(name)} = {type_of(schema)};"
        if len(alias) > LINE and (choices := _choices(schema)):
            alias = "\n  | ".join([f"export type {identifier(name)} =", *choices]) + ";"
        return f"{told}{alias}\n"
    required = {*schema.get("required", ()), tag}
    fields = [
        field(
            key, type_of(value), optional=key not in required, told=_told(value, optional=key not in required)
        )
        for key, value in schema["properties"].items()
    ]
    if schema.get("additionalProperties", False):
        fields.append("  [key: string]: unknown;\n")
    return f"{told}export interface {identifier(name)} {{\n{''.join(fields)}}}\n"


def _tags(definitions: Mapping[str, Schema]) -> dict[str, str]:
    """Return which field tells a model from the others of its union: it must be there, default or not."""
    found = {}
    for each in _within(definitions):
        discriminator = each.get("discriminator")
        if isinstance(discriminator, Mapping) and "mapping" in discriminator:
            for reference in discriminator["mapping"].values():
                found[reference.rpartition("/")[2]] = discriminator["propertyName"]
    return found


def _within(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    if isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _within(part)


def _told(schema: Any, *, optional: bool) -> str:
    """Return what a field's comment says: its description, and what leaving it out means."""
    if not isinstance(schema, Mapping):
        return ""
    default = schema.get("default") if optional else None
    said = [schema.get("description", ""), "" if default is None else f"@default {_literal(default)}"]
    return "\n".join(filter(None, said))


def _array(schema: Schema) -> str:
    if "prefixItems" in schema:
        rest = [f"...{_grouped(type_of(schema['items']))}[]"] if schema.get("items") else []
        return f"[{', '.join([*map(type_of, schema['prefixItems']), *rest])}]"
    return f"{_grouped(type_of(schema.get('items')))}[]"


def _object(schema: Schema) -> str:
    """Return an object that has no name of its own: in pydantic's schemas a mapping."""
    if schema.get("properties"):
        required = schema.get("required", ())
        fields = (
            f"{_key(key)}{'' if key in required else '?'}: {type_of(value)}"
            for key, value in schema["properties"].items()
        )
        return f"{{ {'; '.join(fields)} }}"
    patterns = schema.get("patternProperties")
    values = type_of({"anyOf": [*patterns.values()]} if patterns else schema.get("additionalProperties"))
    return f"{{ [key: string]: {values} }}"


def _choices(schema: Schema) -> list[str]:
    """Return the types of a union, each once; what is no union has none."""
    if "const" in schema or "enum" in schema:
        found = [_literal(value) for value in schema.get("enum", [schema.get("const")])]
    else:
        found = [type_of(choice) for choice in schema.get("anyOf") or schema.get("oneOf") or ()]
    return list(dict.fromkeys(found))


def _grouped(kind: str) -> str:
    return f"({kind})" if " | " in kind or " & " in kind else kind


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else _literal(name)


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
