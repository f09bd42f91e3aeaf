"""What an authorizer's answer means."""

import json
from typing import Any

import pytest

from streamer.local.api_gateway.decision import Refused, read_decision
from streamer.local.aws_lambda.invocations import Outcome

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/live/$connect"


def statement(effect: str, resource: str | list[str], action: str = "execute-api:Invoke") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


def answer(*statements: dict[str, Any], context: Any = None) -> Outcome:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return Outcome(json.dumps({"principalId": "ada", "policyDocument": policy, "context": context}).encode())


def test_context_reaches_events_as_strings() -> None:
    context = {"tenant": "acme", "level": 5, "share": 0.5, "admin": True}
    decision = read_decision(answer(statement("Allow", ARN), context=context), ARN)
    assert decision == {
        "tenant": "acme",
        "level": "5",
        "share": "0.5",
        "admin": "true",
        "principalId": "ada",
        "integrationLatency": 1,
    }


@pytest.mark.parametrize(
    "statements",
    [
        [statement("Allow", "*")],
        [statement("Allow", ["arn:other", "arn:aws:execute-api:*:*:api/*/$connect"], "execute-api:*")],
        [statement("Allow", ARN), statement("Deny", "arn:other")],
    ],
)
def test_allowed(statements: list[dict[str, Any]]) -> None:
    assert read_decision(answer(*statements), ARN)["principalId"] == "ada"


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [statement("Deny", ARN)],
        [statement("Allow", ARN), statement("Deny", "*")],
        [statement("Allow", ARN.replace("live", "other"))],
        [statement("Allow", ARN, "s3:GetObject")],
    ],
)
def test_not_allowed(statements: list[dict[str, Any]]) -> None:
    with pytest.raises(Refused) as refused:
        read_decision(answer(*statements), ARN)
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(b'{"errorMessage": "Unauthorized"}', failed=True), 401),
        (Outcome(b'{"errorMessage": "other"}', failed=True), 500),
        (Outcome(b"{}", failed=True), 500),
        (Outcome(b"null"), 500),
        (Outcome(b"{}"), 500),
        (Outcome(b"no JSON"), 500),
        (answer(statement("Allow", "*"), context={"list": []}), 500),
    ],
)
def test_failures(outcome: Outcome, status: int) -> None:
    with pytest.raises(Refused) as refused:
        read_decision(outcome, ARN)
    assert refused.value.status == status
