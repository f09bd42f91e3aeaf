"""A job's truth in DynamoDB: its row, and an append-only log of numbered frames.

Every frame takes the next free number by a conditional put. A writer may only take number n+1 when it has
seen frame n, and the row closes together with the last frame; whoever loses the race reads on. From this
alone follow: no hole in `seq`, no number twice, one terminal frame, nothing after it; at one write a frame.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from botocore.exceptions import ClientError

from jobs import closing
from jobs.clients import jobs_table
from jobs.clock import Clock
from jobs.errors import PermanentError
from jobs.keys import KEPT_SECONDS, ROW, frame_key, job_key
from jobs.patience import MOST_TRIES_OF_ENDS, tries
from protocol import Frame, Progress, encode

MOST_RACES = 20

Made = TypeVar("Made", bound=Progress | None)
Status = Literal["COMPLETED", "FAILED", "CANCELLED"]


class JobEnded(Exception):  # noqa: N818 - a fact about the job, not a fault
    """The log has its terminal frame; nothing can be appended."""


@dataclass
class Position:
    """The end of the log: what the next writer has to know. `last` is the newest frame's JSON text."""

    seq: int = 0
    percentage: float = 0.0
    message: str = ""
    stages: list[str] = field(default_factory=list)
    timestamp: float = 0.0
    terminal: bool = False
    ended: bool = False
    last: str = ""


class JobLog:
    """Reads and extends one job's log."""

    def __init__(self, tenant: str, request_id: str) -> None:
        self.tenant = tenant
        self.request_id = request_id
        self.key = job_key(tenant, request_id)
        self.row: dict[str, Any] = {}
        self.end = Position()

    def load(self) -> None:
        """Read the job's row and the end of its log, in one call.

        Raises:
            PermanentError: there is no such job.
        """
        items = jobs_table().query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": self.key},
            ScanIndexForward=False,  # the row sorts last, the newest frame just before it
            Limit=2,
            ConsistentRead=True,
        )["Items"]
        if not items or items[0]["sk"] != ROW:
            raise PermanentError("The job does not exist.")
        self.row = items[0]
        last = int(str(self.row.get("seq", 0)))
        # What a job was reopened after may have expired; its numbers and percentages go on all the same.
        self.end = Position(
            seq=last,
            percentage=float(str(self.row.get("percentage", 0))),
            timestamp=float(str(self.row["accepted_at"])),
        )
        if len(items) == 2 and str(items[1]["sk"]).startswith("frame#"):
            self.end = _position(items[1])
        # A query is not isolated: it may see the end of a job in the row and not in the log, or the reverse.
        # The row's `seq` is its terminal frame's, also where the job was reopened since.
        self.end.ended = self.row["status"] != "RUNNING" or (self.end.terminal and self.end.seq != last)
        if self.end.ended:
            self.end.seq = max(self.end.seq, last)

    def append(self, make: Callable[[Position], Made]) -> Made:
        """Log the frame that `make` returns for the end of the log, if any, and return it as logged.

        Raises:
            JobEnded: the job has its terminal frame.
        """
        for _ in range(MOST_RACES):
            if self.end.ended:
                raise JobEnded(self.key)
            frame = make(self.end)
            if frame is None:
                return frame
            item = self._item(frame.seq, frame)
            try:
                jobs_table().put_item(
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                # A retried put that had gone through finds itself; anything else is another writer.
                found: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]
                if found.get("frame") != {"S": item["frame"]}:
                    self.load()
                    continue
            self.end = _position(item)
            return frame
        raise TimeoutError(f"lost {MOST_RACES} races for the next number of {self.key}")

    def finish(
        self,
        make: Callable[[Position], Sequence[Frame]],
        status: Status,
        row: dict[str, Any],
        clock: Clock,
    ) -> Sequence[Frame]:
        """Log the job's last frames and close its row with `status` and `row`, all or nothing.

        Raises:
            JobEnded: the job has its terminal frame.
        """
        for _ in tries(clock, f"ending {self.key}", MOST_TRIES_OF_ENDS):
            if self.end.ended:
                raise JobEnded(self.key)
            frames = make(self.end)
            items = [self._item(self.end.seq + number, frame) for number, frame in enumerate(frames, start=1)]
            try:
                values = row | {"status": status, "seq": self.end.seq + len(frames)}
                closing.close(items, self.row, values, clock.now())
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                self.load()
                continue
            self.end.ended = True
            return frames
        raise AssertionError("unreachable")

    def leave(self, value: Any) -> None:
        """Keep in the row what the job leaves behind although it fails."""
        jobs_table().update_item(
            Key={"pk": self.key, "sk": ROW},
            UpdateExpression="SET #left = :value",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#left": "left"},
            ExpressionAttributeValues={":value": json.dumps(value)},
        )

    def after(self, seq: int, most: int) -> list[str]:
        """Return the JSON texts of the frames after `seq`, in order, `most` of them at most."""
        if seq >= self.end.seq:
            return []  # DynamoDB refuses bounds in the wrong order
        items = jobs_table().query(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": self.key,
                ":first": frame_key(seq + 1),
                ":last": frame_key(self.end.seq),
            },
            Limit=most,
            ConsistentRead=True,
        )["Items"]
        return [str(item["frame"]) for item in items]

    def _item(self, seq: int, frame: Frame) -> dict[str, Any]:
        stages = self.end.stages
        if isinstance(frame, Progress) and frame.stage and frame.stage not in stages:
            stages = [*stages, frame.stage]
        return {
            "pk": self.key,
            "sk": frame_key(seq),
            "frame": encode(frame),
            "stages": stages,
            "expires_at": int(frame.timestamp) + KEPT_SECONDS,
        }


def _position(item: dict[str, Any]) -> Position:
    frame = json.loads(item["frame"])
    return Position(
        seq=frame["seq"],
        percentage=frame.get("percentage") or frame.get("partial", {}).get("percentage", 0.0),
        message=frame.get("message", ""),
        stages=list(item["stages"]),
        timestamp=frame["timestamp"],
        terminal=frame["type"] != "progress",
        last=str(item["frame"]),
    )
