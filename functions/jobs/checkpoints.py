"""How far a stage came, so that its next attempt goes on there."""

import json
from dataclasses import dataclass
from typing import Any

from jobs.claims import check_in, check_out
from jobs.clients import jobs_table
from jobs.keys import KEPT_SECONDS, checkpoint_key

SECONDS_BETWEEN = 1.0


@dataclass(frozen=True)
class Checkpoint:
    """`done` of `total` items are finished; `state` is what the step had made of them."""

    done: int
    total: int
    state: Any


def save(job: str, folder: str, stage: str, checkpoint: Checkpoint, now: float) -> None:
    """Replace the stage's checkpoint. `now` is in seconds since the epoch."""
    # In one piece: were only the state in S3, a death between the two writes would leave another's count.
    whole = check_in(folder, f"checkpoint {stage}", vars(checkpoint))
    jobs_table().put_item(
        Item={
            "pk": job,
            "sk": checkpoint_key(stage),
            "whole": json.dumps(whole),
            "expires_at": int(now) + KEPT_SECONDS,
        }
    )


def load(job: str, folder: str, stage: str) -> Checkpoint | None:
    """Return the stage's checkpoint, or None where it has none."""
    item = (
        jobs_table().get_item(Key={"pk": job, "sk": checkpoint_key(stage)}, ConsistentRead=True).get("Item")
    )
    if item is None:
        return None
    return Checkpoint(**check_out(folder, json.loads(str(item["whole"]))))
