"""What `approve_report` takes."""

from typing import Any

import pytest
from pydantic import ValidationError

from steps.approve_report.approval import ApprovalRequest

REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf"}


def test_the_example_is_valid() -> None:
    (example,) = ApprovalRequest.model_json_schema()["examples"]
    assert ApprovalRequest.model_validate(example).approvers == ["ada", "grace"]


@pytest.mark.parametrize("approvers", [["a"], ["é" * 256], [str(number) for number in range(20)]])
def test_whom_it_asks(approvers: list[str]) -> None:
    assert ApprovalRequest.model_validate({"report": REPORT, "approvers": approvers}).approvers == approvers


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"report": REPORT},
        {"approvers": ["a"]},
        {"report": REPORT, "approvers": []},
        {"report": REPORT, "approvers": "ada"},
        {"report": REPORT, "approvers": [""]},
        {"report": REPORT, "approvers": ["x" * 257]},
        {"report": REPORT, "approvers": [5]},
        {"report": REPORT, "approvers": ["a"] * 21},
        {"report": REPORT, "approvers": ["a"], "tenant": "globex"},
        {"report": REPORT | {"approvers": ["a"]}, "approvers": ["a"]},
        {"report": REPORT | {"end_date": "2012-01-01"}, "approvers": ["a"]},
        REPORT | {"approvers": ["a"]},
    ],
)
def test_what_it_refuses(payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ApprovalRequest.model_validate(payload)
