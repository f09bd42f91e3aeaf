"""Metrics: counted in memory, and written when an invocation ends, as lines of the log that CloudWatch reads.

That is its embedded metric format: no call, no wait. Their dimensions are {service} and, where it is known,
{service, action}; never a tenant or an id, each of which would be a metric of its own to pay for. Those are
keys of the log's lines. What a function counted that was killed is lost with it.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

MOST_VALUES = 99  # of one metric: CloudWatch takes a hundred in a line, and they are a sample

Given = ParamSpec("Given")
Result = TypeVar("Result")
Kept = dict[tuple[str, str], list[float]]

_kept: defaultdict[str | None, Kept] = defaultdict(dict)
_keeping = threading.Lock()  # pushes count in threads of their own


def count(name: str, action: str | None = None, value: int = 1) -> None:
    """Add to a metric of the application's namespace."""
    with _keeping:
        _kept[action].setdefault((name, "Count"), [0.0])[0] += value


def took(name: str, seconds: float, action: str | None = None) -> None:
    """Take note of how long something took; clocks that differ do not make it less than nothing."""
    with _keeping:
        values = _kept[action].setdefault((name, "Milliseconds"), [])
        if len(values) < MOST_VALUES:
            values.append(max(round(seconds * 1000, 1), 0.0))


def flushed(handler: Callable[Given, Result]) -> Callable[Given, Result]:
    """Return the handler, which writes at its end what was counted, however it ends."""

    @wraps(handler)
    def counted(*given: Given.args, **named: Given.kwargs) -> Result:
        try:
            return handler(*given, **named)
        finally:
            flush()

    return counted


def flush() -> None:
    """Write what was counted, a line for each action; where nothing was, nothing is imported either."""
    with _keeping:
        kept = dict(_kept)
        _kept.clear()
    for action, metrics in kept.items():
        _write(action, metrics)


def _write(action: str | None, kept: Kept) -> None:
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

    metrics = AmazonCloudWatchEMFProvider()
    if action is not None:
        metrics.add_dimensions(service=str(metrics.service), action=action)
    for (name, unit), values in kept.items():
        for value in values:
            metrics.add_metric(name, unit, value)
    metrics.flush_metrics()
