"""`resume`: what a client missed, from the log, and the hand-over to what is pushed."""

import json
from typing import Any

from jobs.following import follow
from jobs.keys import KEPT_SECONDS
from jobs.log import JobLog
from protocol import Acknowledgment, encode
from router.answers import Replay, Snapshot
from router.inquiry import describe

MOST_FRAMES = 200
MOST_BYTES = 96 * 1024  # of a message's 128 KB


def replay(log: JobLog, seq: int, connection: str) -> Replay | Snapshot:
    """Return `{recovered, frames, more}`, or where the log has expired `{recovered, snapshot, more}`.

    With `more`, ask again after the last frame: there are more than a message holds, or the job has as many
    followers as it takes. Without, the connection is one of them, and every frame after the last one here is
    pushed to it.
    """
    long = log.end.seq - seq > MOST_FRAMES
    follows = not long and follow(log, connection)
    texts = [_acknowledgment(log)] if seq == -1 else []
    texts += log.after(max(seq, 0), MOST_FRAMES)
    frames = _contiguous(texts, seq)
    if len(frames) < len(texts) or (not texts and log.end.seq > seq):
        if log.clock.now() - float(log.row["accepted_at"]) > KEPT_SECONDS:
            if long:
                follow(log, connection)
            return {"recovered": False, "snapshot": describe(log), "more": False}
        # Too young to have expired: the reads fell into the job's last transaction, and see parts of it.
        return {"recovered": True, "frames": frames, "more": True}
    fitting = frames[: _fitting(texts)]
    more = not follows or (bool(fitting) and fitting[-1]["seq"] < log.end.seq)
    return {"recovered": True, "frames": fitting, "more": more}


def _contiguous(texts: list[str], seq: int) -> list[dict[str, Any]]:
    """Return the frames that follow `seq` without a hole."""
    frames: list[dict[str, Any]] = []
    for number, text in enumerate(texts, start=seq + 1):
        frame = json.loads(text)
        if frame["seq"] != number:
            break
        frames.append(frame)
    return frames


def _fitting(texts: list[str]) -> int:
    """Return how many frames fit into a message; at least one."""
    size, count = 0, 0
    for text in texts:
        size += len(text.encode()) + 1
        if count and size > MOST_BYTES:
            break
        count += 1
    return count


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
