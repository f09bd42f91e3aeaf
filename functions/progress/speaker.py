"""Turns what a stage says into the job's frames: logged first, pushed then."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from jobs.counting import count, took
from jobs.job import Stage
from jobs.log import JobLog, Position, Status
from jobs.sender import Sender
from progress.reporter import Update
from progress.throttle import CHANGES_PER_SECOND, spacing, wait
from protocol import Complete, Error, ErrorBody, ErrorCode, Frame, Partial, Progress, encode

_ENDED = {ErrorCode.TIMEOUT: "JobsTimedOut", ErrorCode.CANCELLED: "JobsCancelled"}


class Speaker:
    """Speaks for a job: one write and, for each subscriber, one push a frame."""

    def __init__(self, log: JobLog, sender: Sender) -> None:
        self._log, self._sender, self._clock = log, sender, log.clock

    def seconds_to_wait(self) -> float:
        """Return in how many seconds a plain update may be sent."""
        return spacing(self._log.end.recent, self._clock.now())

    def progress(self, stage: Stage, update: Update, merged: int = 0, *, retrying: bool = False) -> None:
        """Log a progress frame that replaces `merged` older ones, as soon as the second has room; push it.

        Raises:
            JobEnded: the job has its terminal frame.
        """

        def make(end: Position) -> Progress:
            self._clock.sleep(wait(end.recent, self._clock.now(), CHANGES_PER_SECOND))
            return Progress(
                request_id=self._log.request_id,
                timestamp=self._time(),
                seq=end.seq + 1,
                percentage=stage.percentage(update.fraction, end.percentage),
                message=update.message,
                stage=stage.name,
                attempt=stage.attempt,
                status="retrying" if retrying else "running",
                metadata=update.metadata,
            )

        frame = self._log.append(make, merged)
        if frame.seq == 1:
            took("FirstProgress", frame.timestamp - float(self._log.row["accepted_at"]), self._log.action)
        if merged:
            count("FramesMerged", self._log.action, merged)
        self._push([frame])

    def counted(self, stage: Stage, percentage: int, done: int, message: str) -> None:
        """Log and push how far a Map is, unless another of its items has said as much, or one just spoke.

        Raises:
            JobEnded: the job has its terminal frame.
        """

        def make(end: Position) -> Progress | None:
            if percentage <= end.percentage or spacing(end.recent, self._clock.now()) > 0:
                return None
            return Progress(
                request_id=self._log.request_id,
                timestamp=self._time(),
                seq=end.seq + 1,
                percentage=percentage,
                message=message,
                stage=stage.name,
                metadata={"from": stage.start, "to": stage.end, "done": done, "total": stage.total},
            )

        frame = self._log.append(make)
        if frame:
            self._push([frame])

    def complete(self, stage: Stage, result: Any, *, success: bool = True) -> None:
        """Log 100 % and the result together, so that either both are there or none; push both.

        Raises:
            JobEnded: the job has its terminal frame.
        """

        def make(end: Position) -> Sequence[Frame]:
            self._clock.sleep(wait(end.recent, self._clock.now(), frames=2))
            common: dict[str, Any] = {"request_id": self._log.request_id, "timestamp": self._time()}
            return [
                Progress(
                    **common,
                    seq=end.seq + 1,
                    percentage=100,
                    message="Complete",
                    stage=stage.name,
                    attempt=stage.attempt,
                ),
                Complete(**common, seq=end.seq + 2, success=success, result=result),
            ]

        row = {"percentage": 100, "success": success, "result": json.dumps(result)}
        self._push(self._log.finish(make, "COMPLETED", row))
        count("JobsCompleted" if success else "JobsUnsuccessful", self._log.action)

    def fail(self, body: ErrorBody, partial: Callable[[Position], Partial], cause: str) -> None:
        """Log and push the error that ends the job; `cause` stays in the job's row.

        `partial` says what the job leaves behind where the log is found to end.

        Raises:
            JobEnded: the job has its terminal frame.
        """
        row = {"error": body.model_dump_json(), "cause": cause}

        def make(end: Position) -> Sequence[Frame]:
            self._clock.sleep(wait(end.recent, self._clock.now()))
            left = partial(end)
            row.update(percentage=str(left.percentage), partial=left.model_dump_json())
            return [
                Error(
                    request_id=self._log.request_id,
                    timestamp=self._time(),
                    seq=end.seq + 1,
                    error=body,
                    partial=left,
                )
            ]

        status: Status = "CANCELLED" if body.code is ErrorCode.CANCELLED else "FAILED"
        self._push(self._log.finish(make, status, row))
        count(_ENDED.get(body.code, "JobsFailed"), self._log.action)

    def _push(self, frames: Sequence[Frame]) -> None:
        count("FramesSent", self._log.action, len(frames))
        for frame in frames:
            self._sender.push(encode(frame))

    def _time(self) -> float:
        return round(self._clock.now(), 3)
