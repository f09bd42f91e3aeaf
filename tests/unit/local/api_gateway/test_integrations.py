import asyncio
from typing import Any

import pytest

from streamer.local.api_gateway.integrations import Failed, Integrations
from streamer.local.aws_lambda.invocations import Invocation, Outcome


class Slow:
    """Lambdas whose invocations end when the test says so."""

    def __init__(self) -> None:
        self.invoked: list[Invocation] = []

    def invoke(self, _: str, payload: bytes) -> Any:
        self.invoked.append(Invocation(payload))
        return self.invoked[-1].future


async def test_a_function_that_takes_too_long_fails_and_its_late_end_is_nobodys(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lambdas: Any = Slow()
    with pytest.raises(Failed, match="Endpoint request timed out"):
        await Integrations(lambdas, 0.01).call("work", {})
    lambdas.invoked[0].future.set_result(Outcome(b"{}"))
    assert not caplog.records  # a future logs what its callbacks raise


async def test_a_caller_that_leaves_takes_nothing_from_the_function(caplog: pytest.LogCaptureFixture) -> None:
    lambdas: Any = Slow()
    call = asyncio.create_task(Integrations(lambdas, 29).call("work", {}))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait({call})
    assert call.cancelled()
    lambdas.invoked[0].future.set_result(Outcome(b"{}"))
    assert not caplog.records
