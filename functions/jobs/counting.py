"""Metrics, as lines of the log that CloudWatch reads (embedded metric format): no call, no wait."""


def count(name: str, value: int = 1) -> None:
    """Add to a metric of the application's namespace."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric  # an echo does not pay for it

    with single_metric(name=name, unit=MetricUnit.Count, value=value):
        pass
