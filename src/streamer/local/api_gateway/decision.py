"""What an authorizer's answer means, as API Gateway reads it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from streamer.local.aws_lambda.invocations import Outcome

_ACTIONS = {"*", "execute-api:*", "execute-api:Invoke"}


class Refused(Exception):  # noqa: N818 — the event's name
    """The handshake is refused with this HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def read_decision(outcome: Outcome, method_arn: str) -> dict[str, Any]:
    """Return the context that later events carry: strings, and `principalId`.

    Raises Refused: 401 if the authorizer raised "Unauthorized", 403 if its policy does not allow
    `method_arn`, 500 for whatever else it did.
    """
    try:
        answer = json.loads(outcome.payload)
        if outcome.failed:
            raise Refused(401 if answer["errorMessage"] == "Unauthorized" else 500)
        statements = answer["policyDocument"]["Statement"]
        context = {name: _text(value) for name, value in (answer.get("context") or {}).items()}
        if not _allows(statements, method_arn):
            raise Refused(403)
        return {**context, "principalId": answer["principalId"], "integrationLatency": 1}
    except (ValueError, TypeError, KeyError, AttributeError) as malformed:
        raise Refused(500) from malformed


def _allows(statements: Any, method_arn: str) -> bool:
    effects = {
        statement["Effect"]
        for statement in ([statements] if isinstance(statements, Mapping) else statements)
        if _ACTIONS & set(_list(statement["Action"]))
        and any(_matches(pattern, method_arn) for pattern in _list(statement["Resource"]))
    }
    return effects == {"Allow"}


def _matches(pattern: str, arn: str) -> bool:
    wildcards = {"*": ".*", "?": "."}
    return bool(re.fullmatch("".join(wildcards.get(char, re.escape(char)) for char in pattern), arn))


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError("a context value must be a string, a number or a boolean")
