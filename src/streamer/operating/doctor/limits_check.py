"""What was throttled in the last hour, what failed, and which limits are near."""

from collections import Counter
from collections.abc import Iterator

from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.hourly_metrics import Metric
from streamer.operating.doctor.patient import Patient
from streamer.operating.stack_parts import FUNCTION, MACHINE, TABLE

NEAR = 0.8
REFUSING = "AuthorizerFunction"  # a refused token is an error of it


def throttled(patient: Patient) -> Iterator[Finding]:
    """Look at what AWS throttled."""
    of = patient.parts.of
    watched = [
        *((each, Metric("AWS/Lambda", "Throttles", {"FunctionName": each.name})) for each in of(FUNCTION)),
        *(
            (each, Metric("AWS/States", "ExecutionThrottled", {"StateMachineArn": each.name}))
            for each in of(MACHINE)
        ),
        *(
            (each, Metric("AWS/DynamoDB", name, {"TableName": each.name}))
            for each in of(TABLE)
            for name in ("ReadThrottleEvents", "WriteThrottleEvents")
        ),
    ]
    for (part, metric), count in zip(watched, patient.metrics.of([each for _, each in watched]), strict=True):
        if count:
            yield Finding(
                f"{part.logical} is throttled",
                f"{metric.namespace} {metric.name} of the last hour: {count:,.0f}",
                "Jobs wait and are tried again meanwhile. Raise the quota that is near, or the function's "
                "reserved concurrency, or send less at once (MostJobsPerTenant).",
            )


def failing(patient: Patient) -> Iterator[Finding]:
    """Look at functions that raised or were killed; what refuses tokens raises for each of them."""
    parts = [part for part in patient.parts.of(FUNCTION) if part.logical != REFUSING]
    asked = [Metric("AWS/Lambda", "Errors", {"FunctionName": part.name}) for part in parts]
    for part, count in zip(parts, patient.metrics.of(asked), strict=True):
        if count:
            yield Finding(
                f"The function {part.logical} fails",
                f"AWS/Lambda Errors of the last hour: {count:,.0f}",
                "Its log has the traceback. Of a stage, a TransientError is counted too, and tried again.",
            )


def concurrency(patient: Patient) -> Iterator[Finding]:
    """Look how near the account's concurrent functions are to their limit."""
    limit = patient.place.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    (most,) = patient.metrics.of([Metric("AWS/Lambda", "ConcurrentExecutions", {}, "Maximum")])
    if most >= NEAR * limit:
        yield Finding(
            "The account's concurrent Lambda executions are near their limit",
            f"{most:,.0f} of {limit:,} at once in the last hour",
            "Ask for more: Service Quotas, Lambda, Concurrent executions (L-B99A9384).",
        )


def tenants(patient: Patient) -> Iterator[Finding]:
    """Look which tenants have nearly as many jobs in flight as they may."""
    most = int(patient.variables_of("MessageFunction").get("MOST_JOBS_PER_TENANT") or 0)
    if not most:
        return
    for tenant, count in Counter(str(row["tenant"]) for row in patient.running).items():
        if count >= NEAR * most:
            yield Finding(
                f"The tenant {tenant} is near its quota of jobs",
                f"{count} of {most} are in flight; a request beyond them is RATE_LIMITED",
                "Wait for them or cancel some (`streamer watch --tenant`); or raise MostJobsPerTenant.",
            )
