"""A job's row and log as they lie in the jobs table, read. Pure.

The table's layout is the application's (`functions/jobs/keys.py`); a deployed one is of the same release.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Any]

ROW = "job"
_FRAME = "frame#"
# Never shown: whoever has a task's token may answer it, and connections are other people's.
_TEXTS = ("error", "partial", "result", "left", "decided")


@dataclass(frozen=True, slots=True)
class LoggedFrame:
    """A frame as every follower got it: `size` is its bytes on the wire.

    `merged` are the updates of the job that later ones replaced, up to this frame.
    """

    seq: int
    time: float
    size: int
    frame: dict[str, Any]
    merged: int = 0


def logged(item: Item) -> LoggedFrame | None:
    """Return the frame that an item holds, or None for another item."""
    if not str(item["sk"]).startswith(_FRAME):
        return None
    text = str(item["frame"])
    frame = json.loads(text)
    merged = int(item.get("merged", 0))
    return LoggedFrame(frame["seq"], frame["timestamp"], len(text.encode()), frame, merged)


def acknowledgment(row: Item) -> LoggedFrame:
    """Return frame 0, which is not logged: the row has all that is in it."""
    frame = {
        "request_id": str(row["request_id"]),
        "timestamp": float(row["accepted_at"]),
        "type": "acknowledgment",
        "seq": 0,
        "action": str(row["action"]),
        "estimate_seconds": float(row["estimate"]),
    }
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    return LoggedFrame(0, frame["timestamp"], len(text.encode()), frame)  # type: ignore[arg-type]


def job(row: Item) -> dict[str, Any]:
    """Return what a page shows of a job's row; times are seconds since the epoch."""
    found: dict[str, Any] = {
        "tenant": str(row["tenant"]),
        "id": str(row["request_id"]),
        "user": str(row.get("user", "")),
        "action": str(row["action"]),
        "status": str(row["status"]),
        "accepted": float(row["accepted_at"]),
        "ended": float(row["ended_at"]) if "ended_at" in row else None,
        "estimate": float(row.get("estimate", 0)),
        "execution": execution_arn(row),
        "redrives": int(row.get("redrives", 0)),
        "cause": str(row.get("cause", "")),
        "followers": len(row.get("connections", ())),
        "expires": float(row.get("expires_at", 0)),
    }
    if "success" in row:
        found["success"] = bool(row["success"])
    if "tokens" in row and "decided" not in row and row["status"] == "RUNNING":
        found["approvers"] = [str(user) for user in row.get("approvers", ())]
    return found | {name: _read(row[name]) for name in _TEXTS if name in row}


def summary(row: Item) -> dict[str, Any]:
    """Return a job for the list, from the row's part that is in the index by tenant."""
    return {
        "tenant": str(row["tenant"]),
        "id": str(row["request_id"]),
        "action": str(row["action"]),
        "status": str(row["status"]),
        "accepted": float(row["accepted_at"]),
        "ended": float(row["ended_at"]) if "ended_at" in row else None,
    }


def given(row: Item) -> dict[str, Any]:
    """Return what the execution was given: `{"payload", "metadata", …}`; a large payload is a claim."""
    found: dict[str, Any] = json.loads(str(row.get("execution_input") or "{}"))
    return found


def execution_arn(row: Item) -> str:
    """Return the ARN of a job's execution; its name follows from the claim."""
    text = f"{row['tenant']}#{row['request_id']}#{row['accepted_at']}"
    name = hashlib.sha256(text.encode()).hexdigest()
    return f"{str(row['state_machine']).replace(':stateMachine:', ':execution:')}:{name}"


def _read(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
