"""Jobs that do not start, that say nothing, and that have ended without being told so."""

import time
from collections.abc import Iterator
from typing import Any

from streamer.console.run.job_items import execution_arn, logged
from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.patient import Patient

STARTS_WITHIN = 60  # the sweep's own grace
SWEPT_WITHIN = 600  # two sweeps
SILENT_AFTER = 900  # no function lives longer, so in this time every stage reports, or is tried again
MOST_LOOKED_AT = 50
SECONDS_BETWEEN = 0.1  # AWS lets an account describe 10 to 15 executions a second


def look(patient: Patient) -> Iterator[Finding]:
    """Look at the oldest jobs that have not ended, and at their executions."""
    old = [row for row in patient.running if patient.now() - float(row["accepted_at"]) > STARTS_WITHIN]
    states = patient.reads.executions.states
    for row in old[:MOST_LOOKED_AT]:
        try:
            execution = states.describe_execution(executionArn=execution_arn(row))
        except states.exceptions.ExecutionDoesNotExist:
            yield _not_started(row, patient.now())
            continue
        if execution["status"] != "RUNNING" and "stopDate" in execution:
            since = patient.now() - execution["stopDate"].timestamp()
            if since > SWEPT_WITHIN:
                yield _not_swept(row, execution["status"], since)
        else:
            yield from _silent(patient, row)
        time.sleep(0 if patient.place.local else SECONDS_BETWEEN)
    if len(old) > MOST_LOOKED_AT:
        yield Finding(
            f"{len(old)} jobs or more have run for over a minute; the {MOST_LOOKED_AT} oldest were looked at",
            f"the oldest was accepted {_ago(patient.now() - float(old[0]['accepted_at']))} ago",
            "Where this is your load, it is no fault; else see what is throttled.",
        )


def _not_started(row: dict[str, Any], now: float) -> Finding:
    return Finding(
        f"The job {_named(row)} does not start",
        f"accepted {_ago(now - float(row['accepted_at']))} ago; {row['state_machine']} runs nothing for it",
        "Its request sent again starts it. If many do not start: the log of MessageFunction says why "
        "StartExecution failed; it needs states:StartExecution on that machine.",
    )


def _not_swept(row: dict[str, Any], status: str, since: float) -> Finding:
    return Finding(
        f"The job {_named(row)} has ended and its client is not told: the sweep does not run",
        f"its execution is {status} since {_ago(since)}, its row still says RUNNING",
        "See that SweepFunction is invoked every five minutes (its rule is enabled) and what it logs; "
        "invoking it by hand settles all such jobs.",
    )


def _silent(patient: Patient, row: dict[str, Any]) -> Iterator[Finding]:
    items = patient.reads.newest(row["tenant"], row["request_id"], most=3)
    told = [frame.time for item in items if (frame := logged(item) if "frame" in item else None)]
    whole = items[0] if items else {}
    if "tokens" in whole and "decided" not in whole:
        return  # it waits for a person
    since = patient.now() - max([float(row["accepted_at"]), *told])
    if since > SILENT_AFTER:
        yield Finding(
            f"Progress of the job {_named(row)} does not arrive",
            f"its execution runs, and its log has had no new frame for {_ago(since)}",
            "`streamer inspect` shows which state it is in: one that is retried is throttled, fails or may "
            "not invoke its function; one that has not begun waits for concurrency.",
        )


def _named(row: dict[str, Any]) -> str:
    return f"{row['request_id']} of {row['tenant']}"


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
