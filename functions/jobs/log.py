"""A job's truth in DynamoDB: its row, and an append-only log of numbered frames.

Every frame takes the next free number by a conditional put. A writer may only take number n+1 when it has
seen frame n, and the row closes together with the last frame; whoever loses the race reads on. From this
alone follow: no hole in `seq`, no number twice, one terminal frame, nothing after it; at one write a frame.

Who joins leaves a mark where the next frame will be (see `following`), and the put that replaces it brings it
back.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from botocore.exceptions import ClientError

from jobs import closing
from jobs.clients import jobs_table
from jobs.clock import Clock, SystemClock
from jobs.errors import PermanentError
from jobs.keys import KEPT_SECONDS, ROW, frame_key, job_key
from jobs.patience import MOST_TRIES_OF_ENDS, met, tries
from protocol import Frame, Progress, encode

REMEMBERED = 10  # frames whose times the newest one carries, so that the next writer can pace itself

Made = TypeVar("Made", bound=Progress | None)
Status = Literal["COMPLETED", "FAILED", "CANCELLED"]


class JobEnded(Exception):  # noqa: N818 - a fact about the job, not a fault
    """The log has its terminal frame; nothing can be appended."""


@dataclass
class Position:
    """The end of the log: what the next writer has to know. `last` is the newest frame's JSON text.

    `recent` are the times of the last frames, in seconds. `merged` counts the updates that others replaced.
    `joined` are the connections that have marked the next number.
    """

    seq: int = 0
    percentage: float = 0.0
    message: str = ""
    stages: list[str] = field(default_factory=list)
    timestamp: float = 0.0
    terminal: bool = False
    ended: bool = False
    last: str = ""
    recent: list[float] = field(default_factory=list)
    merged: int = 0
    joined: set[str] = field(default_factory=set)


class JobLog:
    """Reads and extends one job's log."""

    def __init__(self, tenant: str, request_id: str, clock: Clock | None = None) -> None:
        self.tenant = tenant
        self.request_id = request_id
        self.key = job_key(tenant, request_id)
        self.clock = clock or SystemClock()
        self.row: dict[str, Any] = {}
        self.end = Position()

    @property
    def action(self) -> str:
        """The action of the job, as its row says, which must be loaded."""
        return str(self.row["action"])

    @property
    def followers(self) -> set[str]:
        """The connections that get the next frame, as far as is known here."""
        return self.end.joined.union(self.row.get("connections", ()))

    def load(self) -> None:
        """Read the job's row and the end of its log, in one call.

        Raises:
            PermanentError: there is no such job.
        """
        items = jobs_table().query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": self.key},
            ScanIndexForward=False,  # the row sorts last, the marks and the newest frame just before it
            Limit=3,
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
        numbered = [item for item in items[1:] if str(item["sk"]).startswith("frame#")]
        marks = numbered.pop(0) if numbered and "frame" not in numbered[0] else {}
        if numbered:
            self.end = _position(numbered[0])
        if marks.get("sk") == frame_key(self.end.seq + 1):
            self.end.joined = set(marks["joined"])  # type: ignore[arg-type]
        # A query is not isolated: it may see the end of a job in the row and not in the log, or the reverse.
        # The row's `seq` is its terminal frame's, also where the job was reopened since.
        self.end.ended = self.row["status"] != "RUNNING" or (self.end.terminal and self.end.seq != last)
        if self.end.ended:
            self.end.seq = max(self.end.seq, last)

    def append(self, make: Callable[[Position], Made], merged: int = 0) -> Made:
        """Log the frame that `make` returns for the end of the log, if any, and return it as logged.

        `merged` is how many updates made place for it.

        Raises:
            JobEnded: the job has its terminal frame.
            TransientError: others write to the job all the time.
        """
        for _ in tries(self.clock, f"the next number of {self.key}"):
            if self.end.ended:
                raise JobEnded(self.key)
            frame = make(self.end)
            if frame is None:
                return frame
            item = self.item(frame.seq, frame, merged)
            if self._put(item):
                return frame
        raise AssertionError("unreachable")

    def finish(
        self, make: Callable[[Position], Sequence[Frame]], status: Status, row: dict[str, Any]
    ) -> Sequence[Frame]:
        """Log the job's last frames and close its row with `status` and `row`, all or nothing.

        Raises:
            JobEnded: the job has its terminal frame.
            TransientError: others write to the job all the time.
        """
        for _ in tries(self.clock, f"the end of {self.key}", MOST_TRIES_OF_ENDS):
            if self.end.ended:
                raise JobEnded(self.key)
            frames = make(self.end)
            items = [self.item(self.end.seq + number, frame) for number, frame in enumerate(frames, start=1)]
            values = row | {"status": status, "seq": self.end.seq + len(frames), "merged": self.end.merged}
            try:
                closing.close(items, self.end.joined, self.row, values, self.clock.now())
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                met(error.response, self.action)
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

    def _put(self, item: dict[str, Any]) -> bool:
        """Write the next frame over the marks of who joins with it; where another was faster, read on."""
        try:
            answer = jobs_table().put_item(
                Item=item,
                ConditionExpression="attribute_not_exists(frame)",
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            code, followers = error.response["Error"]["Code"], self.followers
            if code not in {"ConditionalCheckFailedException", "TransactionConflictException"}:
                raise
            self.load()
            # A retried put that had gone through finds itself; anything else is another writer.
            found: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]
            if found.get("frame") == {"S": item["frame"]}:
                self.end.joined |= followers
                return True
            met(error.response, self.action)
            return False
        marks: dict[str, Any] = answer.get("Attributes", {})
        joined = self.followers.union(marks.get("joined", ()))
        self.end = _position(item)
        self.end.recent[-1] = max(self.clock.now(), self.end.timestamp)  # it is out only now
        self.row["connections"] = joined
        return True

    def item(self, seq: int, frame: Frame, merged: int = 0) -> dict[str, Any]:
        """Return a frame as it lies in the table, where the log ends before it."""
        stages = self.end.stages
        if isinstance(frame, Progress) and frame.stage and frame.stage not in stages:
            stages = [*stages, frame.stage]
        recent = [*self.end.recent, frame.timestamp][-REMEMBERED:]
        return {
            "pk": self.key,
            "sk": frame_key(seq),
            "frame": encode(frame),
            "stages": stages,
            "recent": [round(time * 1000) for time in recent],
            "merged": self.end.merged + merged,
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
        recent=[int(time) / 1000 for time in item["recent"]],
        merged=int(item["merged"]),
    )
