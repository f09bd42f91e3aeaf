"""One request from its first sending to its last frame, whatever the network does to it.

No I/O, no clock: frames and times go in; the frames that are due, and what to ask the server, come out.
API Gateway's pushes are unordered and may be lost or doubled, and connections end: a job's frames are
numbered, and the server replays those after a number (`resume`).
"""

import math
from dataclasses import dataclass, field
from typing import Any

from streamer.client.frames import Complete, Error, ServerFrame

TERMINAL = ("response", "complete", "error")
PASSING = ("INTERNAL_ERROR", "RATE_LIMITED")


@dataclass
class Inbox:
    """What is known of one request.

    At `deadline`, a time of any monotonic clock, `ask` says what to send: at once to begin with, `patience`
    seconds after a gap was seen, and after `silence` seconds without a word.

    `attached`: the job is another's request, and its frames up to the number `known` were seen already. That
    one is asked for once more, and shown if it was the last: so an ended job ends whatever the cursor is.
    """

    request_id: str
    patience: float
    silence: float
    attached: bool = False
    known: int = -1
    deadline: float = -math.inf
    next_seq: int = 0
    done: bool = False
    is_job: bool = False
    _times_sent: int = 0
    _held: dict[int, ServerFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_job = self.is_job or self.attached
        self.next_seq = max(self.known, 0)

    def ask(self, now: float) -> int | None:
        """Return the number after which to `resume` the job; None to send the request itself (again)."""
        self.deadline = now + self.silence
        if self.is_job:
            return self.next_seq - 1
        self._times_sent += 1
        return None

    def ask_at_once(self) -> None:
        """Make `ask` due, as on a new connection."""
        self.deadline = -math.inf

    def receive(self, frame: ServerFrame, now: float) -> list[ServerFrame]:
        """Take a frame; return those that are due, in order. Duplicates and what follows the last vanish."""
        if self.done:
            return []
        seq = frame.get("seq")
        if not isinstance(seq, int):
            # A job ends with a numbered frame; this one is about one of its request's repetitions.
            self.done = frame["type"] in TERMINAL and not self.is_job
            return [] if self.is_job else [frame]
        # Frames of before this connection followed the job may be missing without a gap to tell.
        uncertain = self._times_sent > 1 and not self.is_job
        self.is_job = True
        if seq >= self.next_seq:
            self._held.setdefault(seq, frame)
        due = self._due()
        self._schedule(now, advanced=bool(due))
        if uncertain:
            self.ask_at_once()
        return due

    def resumed(self, answer: ServerFrame, now: float) -> list[ServerFrame]:
        """Take the answer to a `resume`; return the frames that are due, in order."""
        if answer["type"] == "error":
            return self._refused(answer, now)
        if self.done or answer["type"] != "response":
            return []
        data = answer["data"]
        if not data["recovered"]:
            return self._restore(data["snapshot"], now)
        before = self.next_seq
        if not (data["frames"] or data["more"]) and before == self.known:
            self.known, self.next_seq = -1, 0  # it is the number of no frame: all of them are news
            self.ask_at_once()
            return []
        due = [frame for replayed in data["frames"] for frame in self.receive(replayed, now)]
        self._schedule(now, advanced=True)
        if data["more"]:
            self.deadline = now + self.patience if self.next_seq == before else -math.inf
        return due

    def _refused(self, answer: Error, now: float) -> list[ServerFrame]:
        code = answer["error"]["code"]
        if code in PASSING:
            self.deadline = now + self.patience
        elif code == "NOT_FOUND" and self.next_seq == 0 and not self.attached:
            self.is_job = False
            self.ask_at_once()
        else:
            self.done = True
            return [{**answer, "request_id": self.request_id}]
        return []

    def _restore(self, snapshot: dict[str, Any], now: float) -> list[ServerFrame]:
        """Go on from a snapshot: the frames before it are gone for good."""
        ended = snapshot["status"] != "RUNNING"
        first = max(self.next_seq, snapshot["seq"] + (not ended))
        if self._held and not ended and first == self.next_seq:
            first = min(self._held)  # the snapshot is no news, and what is missing will not come
        due = [self._held.pop(seq) for seq in sorted(self._held) if seq < first]
        self.next_seq = first
        if ended:
            self._held[first] = _end(self.request_id, first, snapshot)
        due += self._due()
        self._schedule(now, advanced=True)
        return due

    def _due(self) -> list[ServerFrame]:
        due: list[ServerFrame] = []
        while not self.done and self.next_seq in self._held:
            frame = self._held.pop(self.next_seq)
            self.next_seq += 1
            self.done = frame["type"] in TERMINAL
            if self.done or frame.get("seq") != self.known:
                due.append(frame)
        return due

    def _schedule(self, now: float, *, advanced: bool) -> None:
        if advanced or not self._held:
            self.deadline = now + self.silence
        if self._held:
            self.deadline = min(self.deadline, now + self.patience)


def _end(request_id: str, seq: int, snapshot: dict[str, Any]) -> Complete | Error:
    """Return the last frame of a job of which only the snapshot is left."""
    timestamp = snapshot["ended_at"]
    if snapshot["status"] == "COMPLETED":
        return {
            "type": "complete",
            "request_id": request_id,
            "timestamp": timestamp,
            "seq": seq,
            "success": snapshot.get("success", True),
            "result": snapshot.get("result"),
        }
    error: Error = {
        "type": "error",
        "request_id": request_id,
        "timestamp": timestamp,
        "seq": seq,
        "error": snapshot["error"],
    }
    return {**error, "partial": snapshot["partial"]} if "partial" in snapshot else error
