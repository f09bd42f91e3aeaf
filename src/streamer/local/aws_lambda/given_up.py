"""What Lambda writes to a function's destination when it gives up on an event, in Lambda's own form."""

import json
from datetime import UTC, datetime
from typing import Any

from streamer.local.aws_lambda.functions import Function
from streamer.local.aws_lambda.invocations import Invocation, Outcome


def record(function: Function, event: Invocation, outcome: Outcome) -> dict[str, Any]:
    """Return the record of an event that the function failed at to the last retry."""
    return {
        "version": "1.0",
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": f"{function.arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": function.retries + 1,
        },
        "requestPayload": json.loads(event.payload),
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": json.loads(outcome.payload),
    }
