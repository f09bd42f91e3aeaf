"""`resume`: what a client missed, from the log, and the hand-over to what is pushed."""

import json
from typing import Any

from progress.clock import SystemClock
from progress.following import follow
from progress.log import JobLog
from protocol import Acknowledgment, encode
from router.inquiry import describe

MOST_FRAMES = 200
MOST_BYTES = 96 * 1024  # of a message's 128 KB


def replay(log: JobLog, seq: int, connection: str) -> dict[str, Any]:
    """Return `{recovered, frames, more}`, or where the log has expired `{recovered, snapshot, more}`.

    With `more`, ask again after the last frame. Without, the connection has joined the job's followers:
    every frame after the last one here is pushed to it.
    """
    long = log.end.seq - seq > MOST_FRAMES
    if not (long or log.end.ended):
        follow(log, connection, SystemClock())
    texts = [_acknowledgment(log)] if seq == -1 else []
    texts += log.after(max(seq, 0), MOST_FRAMES)
    if _has_hole(texts, seq, int(log.row.get("seq", log.end.seq))):
        if long and not log.end.ended:
            follow(log, connection, SystemClock())
        return {"recovered": False, "snapshot": describe(log), "more": False}
    fitting = _fitting(texts)
    more = long or len(fitting) < len(texts)
    return {"recovered": True, "frames": [json.loads(text) for text in fitting], "more": more}


def _has_hole(texts: list[str], seq: int, last: int) -> bool:
    """Whether the frames that should come next have expired."""
    if not texts:
        return last > seq
    return any(json.loads(text)["seq"] != number for number, text in enumerate(texts, start=seq + 1))


def _fitting(texts: list[str]) -> list[str]:
    """Return as many frames as fit into a message; at least one."""
    size, count = 0, 0
    for text in texts:
        size += len(text.encode()) + 1
        if count and size > MOST_BYTES:
            break
        count += 1
    return texts[:count]


def _acknowledgment(log: JobLog) -> str:
    """Make frame 0 again: it is not logged, for the row has all that is in it."""
    return encode(
        Acknowledgment(
            request_id=log.request_id,
            timestamp=float(log.row["accepted_at"]),
            action=log.row["action"],
            estimate_seconds=float(log.row["estimate"]),
        )
    )
