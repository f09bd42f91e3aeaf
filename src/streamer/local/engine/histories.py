"""GetExecutionHistory by pages, in either order, with or without what events carry.

moto 5.2.5 gives the whole history, the oldest event first, whatever is asked.
"""

import base64
import functools
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import InvalidToken
from moto.stepfunctions.responses import StepFunctionResponse

A_PAGE, LARGEST_PAGE = 100, 1000
_DATA = ("input", "output", "parameters", "taskCredentials")


@functools.cache
def patch() -> None:
    """Patch moto; once for the process."""
    response_class: Any = StepFunctionResponse
    response_class.get_execution_history = _answer


def _answer(response: Any) -> ActionResult:
    read = response._get_param  # noqa: SLF001
    events = response.stepfunction_backend.get_execution_history(read("executionArn"))["events"]
    newest_first, data = bool(read("reverseOrder")), read("includeExecutionData")
    size = min(int(read("maxResults") or A_PAGE), LARGEST_PAGE)
    if newest_first:
        events = events[::-1]
    if token := read("nextToken"):
        last = _number(token)
        events = [event for event in events if (event["id"] < last if newest_first else event["id"] > last)]
    page = events[:size]
    answer: dict[str, Any] = {"events": page if data is None or data else [_without(each) for each in page]}
    if len(events) > size:
        # By the last event's number: an execution that runs has more when the next page is asked for.
        answer["nextToken"] = base64.b64encode(str(page[-1]["id"]).encode()).decode()
    return ActionResult(answer)


def _number(token: str) -> int:
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise InvalidToken from None


def _without(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {key: each for key, each in value.items() if key not in _DATA}
        if name.endswith("EventDetails") and isinstance(value, Mapping)
        else value
        for name, value in event.items()
    }
