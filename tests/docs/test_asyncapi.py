"""docs/asyncapi.yaml: a parser that is not ours takes it, and its schemas say what the models say."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from pydantic import TypeAdapter

from actions import actions
from protocol import ErrorCode, Request, ServerFrame, encode
from tests.docs.conftest import Errors
from tests.support.stack import ROOT

TEXT = (ROOT / "docs/asyncapi.yaml").read_text()
DOCUMENT = yaml.safe_load(TEXT)
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
FRAMES: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame)
RECORDED = [json.loads(line) for line in (ROOT / "docs/frames.jsonl").read_text().splitlines()]

BROKEN = {
    "a reference to nothing": ("channels/socket/messages/request-echo'", "channels/socket/messages/echo'"),
    "no such direction": ("    action: receive\n", "    action: answer\n"),
    "no title": ("  title: Streamer\n", ""),
    "a field that AsyncAPI does not know": ("defaultContentType:", "contentType:"),
    "a schema that is none": ("          maximum: 100\n", "          maximum: many\n"),
}


def test_asyncapis_parser_takes_the_document(validate: Callable[..., list[Errors]]) -> None:
    assert validate(ROOT / "docs/asyncapi.yaml") == [[]]


def test_asyncapis_parser_refuses_broken_documents(
    validate: Callable[..., list[Errors]], tmp_path: Path
) -> None:
    paths = []
    for name, (there, broken) in BROKEN.items():
        assert there in TEXT
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(TEXT.replace(there, broken, 1))
    found = validate(*paths)
    assert len(found) == len(BROKEN)
    assert all(found), dict(zip(BROKEN, found, strict=True))


def schema(message: str) -> Draft7Validator:
    """Return what checks a message; its references lead into the document."""
    return Draft7Validator(MESSAGES[message]["payload"] | {"components": DOCUMENT["components"]})


@pytest.mark.parametrize("name", list(actions))
def test_an_action_has_examples_that_both_the_model_and_the_schema_take(name: str) -> None:
    action = actions.get(name)
    assert action
    examples = [each["payload"] for each in MESSAGES[f"request-{name}"]["examples"]]
    assert examples
    for example in examples:
        action.payload.validate_python(Request.model_validate(example).payload)
        schema(f"request-{name}").validate(example)
        assert not schema(f"request-{name}").is_valid(example | {"action": "another"})


@pytest.mark.parametrize("kind", ["acknowledgment", "response", "progress", "complete", "error"])
def test_a_frames_examples_are_what_the_model_writes_and_the_schema_takes(kind: str) -> None:
    examples = [each["payload"] for each in MESSAGES[kind]["examples"]]
    assert examples
    for example in examples:
        assert json.loads(encode(FRAMES.validate_python(example))) == example
        schema(kind).validate(example)
        for field in set(example) - {"metadata", "partial", "seq"}:
            missing = {name: value for name, value in example.items() if name != field}
            assert not schema(kind).is_valid(missing), field


def test_the_schema_refuses_what_the_model_refuses() -> None:
    payload = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf"}
    for wrong in ({"format": "doc"}, {"unknown": 1}, {"filters": {str(n): "" for n in range(11)}}):
        request = {"action": "generate_report", "payload": payload | wrong}
        assert not schema("request-generate_report").is_valid(request), wrong
    assert not schema("request-generate_report").is_valid({"action": "generate_report"})
    assert schema("request-generate_report").is_valid({"action": "generate_report", "payload": payload})


def test_every_error_code_is_explained() -> None:
    codes = DOCUMENT["components"]["schemas"]["ErrorCode"]
    assert codes["enum"] == [code.value for code in ErrorCode]
    assert codes["x-meanings"] == {code.value: code.meaning for code in ErrorCode}


def announced() -> Iterator[tuple[str, dict[str, Any]]]:
    for each in RECORDED:
        for frame in each["frames"]:
            if frame["type"] == "progress" and "from" in frame.get("metadata", {}):
                yield each["request"]["action"], frame


def test_what_was_recorded_is_what_the_state_machines_declare() -> None:
    seen = set()
    for action, frame in announced():
        (stage,) = [
            each for each in DOCUMENT["operations"][action]["x-stages"] if each["name"] == frame["stage"]
        ]
        assert (stage["from"], stage["to"]) == (frame["metadata"]["from"], frame["metadata"]["to"])
        seen.add(stage["name"])
    assert len(seen) >= 4
