"""Puts one request's frames in order. No I/O, no clock: frames and times go in, frames that are due come out.

API Gateway's pushes are unordered and may be lost or doubled: a job's frames are numbered, and progress may
overtake the acknowledgment.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from streamer.frames import Error, ServerFrame

TERMINAL = ("response", "complete", "error")


@dataclass
class Inbox:
    """One request's arrivals.

    Frames that came too early are held for the missing ones until `deadline`, which is `patience` seconds
    after the gap was seen; then `skip_gap` hands them out. Times are any monotonic clock's.
    """

    patience: float
    next_seq: int = 0
    done: bool = False
    deadline: float | None = None
    _held: dict[int, ServerFrame] = field(default_factory=dict)

    def receive(self, frame: ServerFrame, now: float) -> list[ServerFrame]:
        """Take a frame; return those that are due, in order. Duplicates and what follows the last vanish."""
        if self.done:
            return []
        seq = frame.get("seq")
        if not isinstance(seq, int):
            self.done = frame["type"] in TERMINAL
            return [frame]
        if seq >= self.next_seq:
            self._held.setdefault(seq, frame)
        return self._due(now)

    def skip_gap(self, now: float) -> list[ServerFrame]:
        """Give the missing frames up; return those that were held for them."""
        if self._held:
            self.next_seq = min(self._held)
        return self._due(now)

    def _due(self, now: float) -> list[ServerFrame]:
        due: list[ServerFrame] = []
        while not self.done and self.next_seq in self._held:
            frame = self._held.pop(self.next_seq)
            self.next_seq += 1
            self.done = frame["type"] in TERMINAL
            due.append(frame)
        if due or self.deadline is None:
            self.deadline = now + self.patience if self._held else None
        return due


def is_frame(message: Any) -> TypeGuard[ServerFrame]:
    """Tell our frames from API Gateway's own errors, `{message, connectionId, requestId}`, and from noise."""
    return (
        isinstance(message, dict)
        and isinstance(message.get("type"), str)
        and isinstance(message.get("request_id", 0), str | None)
    )


def addressee(message: Any, opened: Collection[str], unanswered: Collection[str]) -> str | None:
    """Return the open request that a message belongs to, or None.

    Errors about a message that could not be read, and API Gateway's own, name no request: they belong to the
    single one that waits for its first frame; with several it cannot be told.
    """
    if is_frame(message) and message["request_id"] is not None:
        return message["request_id"] if message["request_id"] in opened else None
    nameless = (
        message["type"] == "error"
        if is_frame(message)
        else isinstance(message, dict) and "message" in message
    )
    return next(iter(unanswered)) if nameless and len(unanswered) == 1 else None


def gateway_error(message: dict[str, Any], request_id: str, timestamp: float) -> Error:
    """Return API Gateway's own error as the error frame of the request that it must belong to."""
    return {
        "type": "error",
        "request_id": request_id,
        "timestamp": timestamp,
        "error": {"code": "INTERNAL_ERROR", "message": str(message["message"]), "details": message},
    }
