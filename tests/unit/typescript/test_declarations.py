"""JSON Schemas as TypeScript. That a compiler takes the whole is tests/clients' to show."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, RootModel, TypeAdapter

from streamer.typescript.contract import REFERENCE, Contract, Mode
from streamer.typescript.declarations import comment, declarations, identifier, type_of


class Cat(BaseModel):
    """Purrs."""

    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    """Ends a comment: */."""

    kind: Literal["dog"] = "dog"


class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    tags: list[str | None] = Field(default_factory=list, description="what it is called")
    pairs: list[tuple[int, str]] = []
    sizes: dict[str, float] = {}
    odd_name: int = Field(1, alias="odd-name")


class Tree(BaseModel):
    children: "list[Tree]" = []


class Trees(RootModel[list[Tree]]):
    """Many."""


def emitted(kind: Any, mode: Mode) -> str:
    _, found = TypeAdapter.json_schemas(
        [("x", mode, TypeAdapter(kind))], ref_template=REFERENCE, schema_generator=Contract
    )
    return declarations(found["$defs"])


def test_what_has_a_default_may_be_left_out_of_a_payload_and_is_there_in_a_result() -> None:
    assert "  /** @default 9 */\n  lives?: number;" in emitted(Owner, "validation")
    result = emitted(Owner, "serialization")
    assert "  lives: number;" in result
    assert "@default" not in result


def test_the_field_that_tells_the_members_of_a_union_apart_is_always_there() -> None:
    text = emitted(Owner, "validation")
    assert '  kind: "cat";' in text
    assert "  pet: Cat | Dog;" in text
    assert '  /** @default "dog" */\n  kind?: "dog";' in emitted(Dog | None, "validation")


def test_fields_of_every_kind() -> None:
    text = emitted(Owner, "validation")
    assert "  /** what it is called */\n  tags?: (string | null)[];" in text
    assert "  pairs?: [number, string][];" in text
    assert "  sizes?: { [key: string]: number };" in text
    assert '  "odd-name"?: number;' in text


def test_models_that_refer_to_themselves_and_models_that_are_no_objects() -> None:
    text = emitted(Trees, "validation")
    assert "  children?: Tree[];" in text
    assert "/** Many. */\nexport type Trees = Tree[];" in text


def test_one_model_in_both_directions_has_two_names_where_it_differs() -> None:
    wanted: list[Any] = [(mode, mode, TypeAdapter(Cat)) for mode in ("validation", "serialization")]
    made, found = TypeAdapter.json_schemas(wanted, ref_template=REFERENCE, schema_generator=Contract)
    assert [type_of(schema) for schema in made.values()] == ["CatInput", "CatOutput"]
    assert "export interface CatOutput {" in declarations(found["$defs"])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, "unknown"),
        (False, "never"),
        ({}, "unknown"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"anyOf": [{"type": "string"}, {}]}, "unknown"),
        ({"enum": ["a | b", 1, None]}, '"a | b" | 1 | null'),
        ({"allOf": [{"$ref": "#/$defs/A"}, {"anyOf": [{"const": 1}, {"const": 2}]}]}, "A & (1 | 2)"),
        ({"type": "array"}, "unknown[]"),
        (
            {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
            "[string, ...number[]]",
        ),
        ({"type": "object", "patternProperties": {"^a": {"type": "string"}}}, "{ [key: string]: string }"),
        ({"type": "object", "additionalProperties": False}, "{ [key: string]: never }"),
        (
            {"type": "object", "properties": {"a b": {}, "c": {}}, "required": ["c"]},
            '{ "a b"?: unknown; c: unknown }',
        ),
    ],
)
def test_types(schema: Any, expected: str) -> None:
    assert type_of(schema) == expected


def test_names_and_texts_cannot_break_out() -> None:
    assert [identifier(name) for name in ("Item-Input", "a.b[int]", "string", "Actions", "1st")] == [
        "ItemInput",
        "abint",
        "string_",
        "Actions_",
        "1st_",
    ]
    assert comment("ends */ here") == "/** ends *\\/ here */\n"
    assert comment("one\n\ntwo", "  ") == "  /**\n   * one\n   *\n   * two\n   */\n"
    assert comment(" ") == ""


def test_a_long_union_has_a_line_for_each() -> None:
    names = [f"a rather long name {number}" for number in range(6)]
    text = declarations({"Names": {"enum": names}})
    assert text.splitlines()[:2] == ["export type Names =", '  | "a rather long name 0"']
    assert text.endswith('  | "a rather long name 5";\n')
