"""How jobs lie in the table, and how long."""

import hashlib
from collections.abc import Mapping
from typing import Any

KEPT_SECONDS = 7 * 24 * 3600
ROW = "job"
PART = "in-flight#"
RUNNING_SHARDS = 8


def job_key(tenant: str, request_id: str) -> str:
    """Return the job's partition key. Neither part may hold a `#`, so two jobs never share one."""
    return f"{tenant}#{request_id}"


def part_key(tenant: str, part: int) -> dict[str, str]:
    """Return the key of an item that counts a part of the tenant's jobs in flight: no job's lacks the `#`."""
    return {"pk": tenant, "sk": f"{PART}{part:04d}"}


def calls_key(tenant: str, minute: int) -> dict[str, str]:
    """Return the key of what counts a tenant's calls in a minute: it may be hot, so no job's partition."""
    return {"pk": f"{tenant}#", "sk": f"calls#{minute}"}


def frame_key(seq: int) -> str:
    """Return the sort key of a frame; it sorts as `seq` does, and before the job's row."""
    return f"frame#{seq:010d}"


def checkpoint_key(stage: str) -> str:
    """Return the sort key of a stage's checkpoint; it sorts before the frames."""
    return f"checkpoint#{stage}"


def counter_key(stage: str) -> str:
    """Return the sort key of a Map's count; it sorts before the frames."""
    return f"counter#{stage}"


def folder(tenant: str, request_id: str) -> str:
    """Return where in the data bucket a job's intermediate data lies."""
    return f"work/{tenant}/{request_id}/"


def results(tenant: str, request_id: str) -> str:
    """Return where in the data bucket a job's results lie."""
    return f"results/{tenant}/{request_id}/"


def shard(request_id: str) -> str:
    """Return the part of the index of running jobs that a job is in, so that no part is hot."""
    return str(hashlib.sha256(request_id.encode()).digest()[0] % RUNNING_SHARDS)


def execution_name(tenant: str, request_id: str, accepted_at: str) -> str:
    """Return the execution's name: AWS keeps it unique for 90 days, so that a claim is started once.

    The time of the claim is in it because claims expire after a week, and their ids are free again.
    """
    return hashlib.sha256(f"{job_key(tenant, request_id)}#{accepted_at}".encode()).hexdigest()


def execution_arn(row: Mapping[str, Any]) -> str:
    """Return the ARN that the execution of a job has, or will have; `row` is the job's."""
    name = execution_name(row["tenant"], row["request_id"], row["accepted_at"])
    return f"{row['state_machine'].replace(':stateMachine:', ':execution:')}:{name}"
