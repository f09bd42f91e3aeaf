"""EventBridge's default bus, as far as the application's rules need it.

What the runner itself reports reaches rules: executions' status events and schedules. PutEvents through
the endpoint goes to moto, which records it, and triggers no rule here.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from streamer.local.aws import ACCOUNT, REGION
from streamer.local.aws_lambda.lambdas import Lambdas
from streamer.local.eventbridge import patterns
from streamer.local.eventbridge.rules import Rule
from streamer.local.eventbridge.schedule import Clock

Event = Mapping[str, Any]


def envelope(detail_type: str, source: str, resource: str, detail: Any) -> Event:
    """Return an event about `resource`, an ARN, as EventBridge sends it, now."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [resource],
        "detail": detail,
    }


class Bus:
    """Brings events to the functions of `rules`; `speed` shortens schedules' periods so many times."""

    def __init__(self, rules: Sequence[Rule], lambdas: Lambdas, speed: float) -> None:
        self._rules, self._lambdas, self._speed = rules, lambdas, speed
        self._clock = Clock()
        self._closed = False

    def start(self) -> None:
        """Begin the schedules on this event loop: the first firing is one period from now."""
        for rule in self._rules:
            if rule.period:
                self._clock.every(rule.period / self._speed, partial(self._fire, rule))

    def publish(self, event: Event) -> None:
        """Send an event to all rules that match it; never waits, and may be called from any thread."""
        for rule in self._rules:
            if rule.pattern is not None and patterns.matches(rule.pattern, event):
                self._deliver(rule, event)

    def close(self) -> None:
        """Deliver no more; on the event loop that started it."""
        self._closed = True
        self._clock.close()

    def _fire(self, rule: Rule) -> None:
        # The Scheduler's detail really is text.
        source, detail = ("aws.scheduler", "{}") if rule.of_scheduler else ("aws.events", {})
        self._deliver(rule, envelope("Scheduled Event", source, rule.arn, detail))

    def _deliver(self, rule: Rule, event: Event) -> None:
        if not self._closed:
            for target in rule.targets:
                self._lambdas.send(target.function, target.payload(event))
