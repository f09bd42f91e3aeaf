"""EventBridge's default bus, as far as the application's rules need it.

What the runner itself reports reaches rules: executions' status events and schedules. PutEvents through
the endpoint goes to moto, which records it, and triggers no rule here.
"""

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from streamer.local.aws import ACCOUNT, REGION
from streamer.local.aws_lambda.lambdas import Lambdas
from streamer.local.eventbridge import patterns
from streamer.local.eventbridge.rules import Rule, Target
from streamer.local.eventbridge.schedule import Clock

Event = Mapping[str, Any]
Attributes = Mapping[str, str]
Keep = Callable[[str, str, Attributes], None]


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
    """Brings events to the functions of `rules`, on the running event loop.

    Schedules run `speed` times as fast. `keep` takes what a rule may not give to its function: the ARN of a
    queue, a text for it, and its attributes; in a thread, for it may wait.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        lambdas: Lambdas,
        speed: float,
        keep: Keep,
    ) -> None:
        self._rules, self._lambdas, self._keep = rules, lambdas, keep
        self._clock = Clock(speed)
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def start(self) -> None:
        """Begin the schedules: the first firing of a rate is one period from now."""
        for rule in self._rules:
            if rule.schedule:
                self._clock.follow(rule.schedule, partial(self._fire, rule))

    def publish(self, event: Event) -> None:
        """Send an event to all rules that match it; never waits, and may be called from any thread."""
        for rule in self._rules:
            if rule.pattern is not None and patterns.matches(rule.pattern, event):
                self._deliver(rule, event)

    def close(self) -> None:
        """Deliver no more; on its event loop."""
        self._closed = True
        self._clock.close()

    def _fire(self, rule: Rule) -> None:
        # The Scheduler's detail really is text.
        source, detail = ("aws.scheduler", "{}") if rule.of_scheduler else ("aws.events", {})
        self._deliver(rule, envelope("Scheduled Event", source, rule.arn, detail))

    def _deliver(self, rule: Rule, event: Event) -> None:
        for target in () if self._closed else rule.targets:
            if target.permitted:
                self._lambdas.send(target.function, target.payload(event))
            elif target.dead_letters:
                letter = target.dead_letters, json.dumps(event), _refused(rule, target)
                self._loop.call_soon_threadsafe(self._loop.run_in_executor, None, self._keep, *letter)


def _refused(rule: Rule, target: Target) -> Attributes:
    """Return the attributes by which EventBridge says why an event was not delivered."""
    return {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target.function,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "No AWS::Lambda::Permission lets the rule call the function.",
    }
