"""What quick actions say that they answer is what they answered: recorded, and said here."""

import json
from typing import Any, get_type_hints

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import is_typeddict

from actions import actions
from tests.support.router import send
from tests.support.stack import ROOT

RECORDED = [json.loads(line) for line in (ROOT / "docs/frames.jsonl").read_text().splitlines()]
ANSWERED = [each for each in RECORDED if each["frames"][-1]["type"] == "response"]


def fits(action: str, data: Any) -> None:
    """Check an answer against its handler's annotation, fields that it does not name included."""
    found = actions.get(action)
    assert found
    kind = get_type_hints(found.handler)["return"]
    if is_typeddict(kind):
        kind = with_config(ConfigDict(extra="forbid"))(kind)
    TypeAdapter(kind).validate_python(data, strict=True)


@pytest.mark.parametrize("recorded", ANSWERED, ids=lambda each: each["request"]["action"])
def test_a_recorded_answer_is_what_its_handler_declares(recorded: Any) -> None:
    assert len(ANSWERED) >= 6
    fits(recorded["request"]["action"], recorded["frames"][-1]["data"])


def test_an_upload_is_what_its_handler_declares(aws: list[str]) -> None:
    fits("upload", send("upload", {"size": 12})["data"])


def test_another_answer_does_not_fit() -> None:
    with pytest.raises(ValueError, match="cursor"):
        fits("list", {"jobs": []})
    with pytest.raises(ValueError, match="more"):
        fits("echo", {"echo": 1, "more": 2})
