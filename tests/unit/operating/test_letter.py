"""What Lambda and EventBridge write into a queue of dead letters, as AWS documents both."""

import json
from typing import Any

import pytest

from streamer.operating.dead_letters.letter import Letter, read

EVENT = {
    "detail-type": "Step Functions Execution Status Change",
    "detail": {"executionArn": "arn:x:execution:app-delay:1", "status": "FAILED"},
}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:app-Status"


def letter(body: Any, **attributes: str) -> Letter:
    return read(
        {
            "MessageId": "m",
            "ReceiptHandle": "r",
            "Body": body if isinstance(body, str) else json.dumps(body),
            "Attributes": {"SentTimestamp": "1795000000500"},
            "MessageAttributes": {name: {"StringValue": value} for name, value in attributes.items()},
        }
    )


def test_what_lambda_gave_up_on() -> None:
    context = {
        "functionArn": f"{FUNCTION}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    answer = {"errorType": "KeyError", "errorMessage": "'detail'"}
    found = letter({"requestContext": context, "requestPayload": EVENT, "responsePayload": answer})
    assert (found.function, found.payload, found.sent) == ("app-Status", EVENT, 1795000000.5)
    assert found.why == "the function failed each time, 3 times: KeyError: 'detail'"
    assert found.about == "the execution arn:x:execution:app-delay:1 is FAILED"


def test_what_eventbridge_could_not_deliver() -> None:
    found = letter(EVENT, TARGET_ARN=FUNCTION, ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="denied")
    assert (found.function, found.payload) == ("app-Status", EVENT)
    assert found.why == "EventBridge may not invoke the function: denied"
    unknown = letter(EVENT, TARGET_ARN=FUNCTION, ERROR_CODE="SOMETHING_NEW")
    assert unknown.why == "SOMETHING_NEW"


@pytest.mark.parametrize("body", ["hello", "[]", "null", '{"a": 1}', '{"requestContext": 1}', EVENT])
def test_what_others_wrote(body: Any) -> None:
    found = letter(body)
    assert (found.function, found.why) == ("", "neither Lambda nor EventBridge has written this")
