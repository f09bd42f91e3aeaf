"""A route's integration: one call of its function, as API Gateway makes it."""

import asyncio
import json
from typing import Any

from streamer.local.api_gateway.events import Event
from streamer.local.aws_lambda.invocations import Outcome, when_done
from streamer.local.aws_lambda.lambdas import Lambdas


class Failed(Exception):  # noqa: N818 - the event's name
    """There is no answer for the client; the message is what API Gateway says instead."""


class Integrations:
    """Calls functions, and waits at most `seconds` for each."""

    def __init__(self, lambdas: Lambdas, seconds: float) -> None:
        self._lambdas, self._seconds = lambdas, seconds

    async def call(self, function: str, event: Event) -> Outcome:
        """Return how the function ended. Raises Failed when it takes too long; it goes on, as on AWS."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def tell(ended: Outcome) -> None:
            if not outcome.done():
                outcome.set_result(ended)

        when_done(self._lambdas.invoke(function, json.dumps(event).encode()), tell)
        try:
            async with asyncio.timeout(self._seconds):
                return await outcome
        except TimeoutError:
            raise Failed("Endpoint request timed out") from None

    async def answer(self, function: str, event: Event) -> dict[str, Any]:
        """Return the function's proxy response: `statusCode`, and what else it has. Raises Failed."""
        outcome = await self.call(function, event)
        try:
            answer = None if outcome.failed else json.loads(outcome.payload)
        except ValueError:
            answer = None
        if isinstance(answer, dict) and isinstance(answer.get("statusCode"), int):
            return answer
        raise Failed("Internal server error")
