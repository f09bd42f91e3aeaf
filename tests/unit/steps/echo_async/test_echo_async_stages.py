"""echo_async: any JSON comes back, up to what a message holds."""

import pytest
from pydantic import JsonValue, ValidationError

from progress import Progress
from progress.step import LARGEST_RESULT
from steps.echo_async import echo_async_request
from steps.echo_async.echo_async_request import EchoAsyncRequest, Echoed
from steps.echo_async.give_back import give_back
from steps.echo_async.receive import receive


@pytest.mark.parametrize(
    "payload",
    [{"hello": "world"}, [1, 2.5, None, True], "text", 2**53, None, {}, {"é": "ü"}],
)
def test_a35_the_payload_comes_back(payload: JsonValue) -> None:
    progress = Progress(None)
    received = receive(EchoAsyncRequest(payload), progress)
    assert give_back(received, progress) == Echoed(echo=payload)


def test_a35_a_payload_that_could_not_come_back_is_refused() -> None:
    assert echo_async_request.LARGEST_RESULT == LARGEST_RESULT
    around = len('{"echo": ""}')
    EchoAsyncRequest("x" * (LARGEST_RESULT - around))
    for payload in ("x" * (LARGEST_RESULT - around + 1), "é" * 11_000):  # \u00e9 each
        with pytest.raises(ValidationError, match="64 KB"):
            EchoAsyncRequest(payload)
