"""What lies in the queue: an event, for which function it was, and why that did not take it. Pure.

Lambda writes what an asynchronous invocation gave up on, EventBridge what it could not deliver; each in a
form of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WHY = {
    "RetriesExhausted": "the function failed each time",
    "EventAgeExceeded": "the function was throttled for too long",
    "NO_PERMISSIONS": "EventBridge may not invoke the function",
    "RESOURCE_NOT_FOUND": "the function is not there",
    "THROTTLING": "the function was throttled for too long",
}


@dataclass(frozen=True)
class Letter:
    """An event that was not taken. `function` is a name, "" where nobody can say; `sent` in seconds."""

    id: str
    sent: float
    function: str
    why: str
    about: str
    payload: Any
    receipt: str


def read(message: Mapping[str, Any]) -> Letter:
    """Return what a message of the queue says."""
    told = {name: each.get("StringValue", "") for name, each in message.get("MessageAttributes", {}).items()}
    try:
        body: Any = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    if isinstance(body, dict) and "requestContext" in body and "requestPayload" in body:
        context, answer = body["requestContext"], body.get("responsePayload") or {}
        function, payload = context.get("functionArn", ""), body["requestPayload"]
        code = context.get("condition", "")
        tries = f", {context['approximateInvokeCount']} times" if "approximateInvokeCount" in context else ""
        failed = f"{answer.get('errorType', '')}: {answer.get('errorMessage', '')}".strip(": ")
        why = f"{_WHY.get(code, code)}{tries}" + (f": {failed}" if failed else "")
    elif "TARGET_ARN" in told:
        function, payload, code = told["TARGET_ARN"], body, told.get("ERROR_CODE", "")
        why = ": ".join(filter(None, (_WHY.get(code, code), told.get("ERROR_MESSAGE", ""))))
    else:
        function, payload, why = "", body, "neither Lambda nor EventBridge has written this"
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
    return Letter(
        message["MessageId"], sent, _name(function), why, _about(payload), payload, message["ReceiptHandle"]
    )


def _about(payload: Any) -> str:
    """Return what the event tells, in a line."""
    if not isinstance(payload, dict) or "detail-type" not in payload:
        return "an event of no known kind"
    detail = payload.get("detail")
    if isinstance(detail, dict) and "executionArn" in detail:
        return f"the execution {detail['executionArn']} is {detail.get('status', 'of no known status')}"
    return str(payload["detail-type"])


def _name(arn: str) -> str:
    """Return a function's name, of an ARN with or without a qualifier."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 and parts[2] == "lambda" else ""
