"""What watches over the application: alarms, the sweep's schedule, what logs say of rights, clocks."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.hourly_metrics import SECONDS, Metric
from streamer.operating.doctor.patient import Patient
from streamer.operating.stack_parts import ALARM, LOG_GROUP, RULE

SWEEP, MINUTES = "SweepFunction", 15  # three of its turns
MOST_NAMES = 100  # of alarms in a call
SKEW_SECONDS = 30
MOST_LINES = 100
# The service's own word for it, or else the call's name, which is all that S3 says.
_LACKING = re.compile(r"not authorized to perform: ([\w:-]+)")
_REFUSED = re.compile(r"\((?:AccessDenied|Forbidden)\w*\) when calling the (\w+)")


def alarms(patient: Patient) -> Iterator[Finding]:
    """Look which of the stack's alarms are in ALARM."""
    names = [part.name for part in patient.parts.of(ALARM)]
    pages = patient.place.client("cloudwatch").get_paginator("describe_alarms")
    for first in range(0, len(names), MOST_NAMES):
        for page in pages.paginate(AlarmNames=names[first : first + MOST_NAMES]):
            for alarm in (each for each in page["MetricAlarms"] if each["StateValue"] == "ALARM"):
                mend = alarm.get("AlarmDescription") or "It has no description."
                evidence = alarm.get("StateReason") or "no reason is given"
                yield Finding(f"The alarm {alarm['AlarmName']} is in ALARM", evidence, mend)


def sweep(patient: Patient) -> Iterator[Finding]:
    """Look whether the sweep has its schedule, and was invoked lately."""
    function, client = patient.parts.name(SWEEP), patient.place.client("events")
    if not function:
        return
    rules = [part for part in patient.parts.of(RULE) if part.logical.startswith(SWEEP)]
    told = [client.describe_rule(Name=part.name.split("|")[-1]) for part in rules]
    for rule in told:
        if rule["State"] == "DISABLED":
            yield _no_sweep(
                f"its rule {rule['Name']} is DISABLED", f"aws events enable-rule --name {rule['Name']}"
            )
            return
        if not client.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            yield _no_sweep(f"its rule {rule['Name']} has no target", "deploy the template again")
            return
    if not told:
        yield _no_sweep("the stack has no rule for it", "deploy the template again")
        return
    invoked = Metric("AWS/Lambda", "Invocations", {"FunctionName": function})
    (count,) = patient.metrics.of([invoked], MINUTES * 60)
    if not count:
        evidence = f"{function} was not invoked for {MINUTES} minutes, although its rule is enabled"
        yield _no_sweep(
            evidence, f"see that EventBridge may invoke {function}; of a stack that is new, ask later"
        )


def _no_sweep(evidence: str, mend: str) -> Finding:
    return Finding("The sweep does not run: jobs whose end nobody told stay open", evidence, f"{mend}.")


def rights(patient: Patient) -> Iterator[Finding]:
    """Look what the logs of the last hour say that was not allowed."""
    client, found = patient.place.client("logs"), Counter[tuple[str, str]]()
    since = int((patient.now() - SECONDS) * 1000)
    for group in patient.parts.of(LOG_GROUP):
        lines: dict[tuple[str, ...], str] = {}
        for pattern in ('"not authorized to perform"', '"(AccessDenied"', '"(Forbidden"'):
            seen: dict[str, Any] = client.filter_log_events(
                logGroupName=group.name, startTime=since, filterPattern=pattern, limit=MOST_LINES
            )
            for each in seen["events"]:  # by what tells it from others; an id need not be there
                key = each.get("eventId", ""), each["logStreamName"], str(each["timestamp"]), each["message"]
                lines[key] = each["message"]
        for line in lines.values():
            if match := _LACKING.search(line) or _REFUSED.search(line):
                found[_who(line) or group.logical, match[1]] += 1
    for (who, operation), count in found.items():
        yield Finding(
            f"{who} lacks a permission: {operation}",
            f"lines of the last hour's log that say so: {count}",
            "docs/iam.md says what each function may and why; deploy the template again where it says so "
            "too, or add a statement beside the function.",
        )


def _who(line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return ""
    return str(told.get("function_name", "")) if isinstance(told, dict) else ""


def clock(patient: Patient) -> Iterator[Finding]:
    """Look whether this machine's clock and the endpoint's agree: what is signed is good for five minutes."""
    before = time.time()
    answer = patient.place.client("dynamodb").describe_table(TableName=patient.place.jobs_table)
    between = (before + time.time()) / 2
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    skew = parsedate_to_datetime(said).timestamp() - between if said else 0.0
    if abs(skew) > SKEW_SECONDS:
        yield Finding(
            f"This machine's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead'}",
            f"the endpoint says {said}",
            "Set it (NTP). Beyond five minutes AWS refuses what is signed here; tokens made here are off.",
        )
