"""A job's truth in DynamoDB: its row, and an append-only log of numbered frames.

Every frame takes the next free number by a conditional put. A writer may only take number n+1 when it has
seen frame n and frame n does not end the job; whoever loses the race reads on. From this alone follow: no
hole in `seq`, no number twice, one terminal frame, nothing after it; at one write a frame.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from progress.aws import jobs_table
from progress.errors import PermanentError
from protocol import Frame, Progress, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KEPT_SECONDS = 7 * 24 * 3600
MOST_RACES = 20
ROW = "job"

Status = Literal["RUNNING", "COMPLETED", "FAILED"]


def job_key(tenant: str, request_id: str) -> str:
    """Return the job's partition key. Neither part may hold a `#`, so two jobs never share one."""
    return f"{tenant}#{request_id}"


def frame_key(seq: int) -> str:
    """Return the sort key of a frame; it sorts as `seq` does, and before the job's row."""
    return f"frame#{seq:010d}"


class JobEnded(Exception):  # noqa: N818 - a fact about the job, not a fault
    """The log has its terminal frame; nothing can be appended."""


@dataclass
class Position:
    """The end of the log: what the next writer has to know."""

    seq: int = 0
    percentage: float = 0.0
    message: str = ""
    stages: list[str] = field(default_factory=list)
    timestamp: float = 0.0
    ended: bool = False


class JobLog:
    """Reads and extends one job's log."""

    def __init__(self, tenant: str, request_id: str) -> None:
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
        self.end = Position(timestamp=float(self.row["accepted_at"]))  # type: ignore[arg-type]
        if len(items) == 2 and str(items[1]["sk"]).startswith("frame#"):
            self.end = _position(items[1])
        if self.row["status"] != "RUNNING":
            self.end.ended = True

    def append(self, make: Callable[[Position], Progress]) -> Progress:
        """Log the frame that `make` returns for the end of the log, and return it as logged.

        Raises:
            JobEnded: the job has its terminal frame.
        """
        for _ in range(MOST_RACES):
            if self.end.ended:
                raise JobEnded(self.key)
            frame = make(self.end)
            item = self._item(frame)
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
        now: float,
    ) -> Sequence[Frame]:
        """Log the job's last frames and close its row with `status` and `row`, all or nothing.

        Raises:
            JobEnded: the job has its terminal frame.
        """
        for _ in range(MOST_RACES):
            if self.end.ended:
                raise JobEnded(self.key)
            frames = make(self.end)
            try:
                _transact([self._item(frame) for frame in frames], self.key, status, row, now)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                self.load()
                continue
            self.end.ended = True
            return frames
        raise TimeoutError(f"lost {MOST_RACES} races for the end of {self.key}")

    def _item(self, frame: Frame) -> dict[str, Any]:
        seq = frame.seq  # type: ignore[attr-defined]
        stages = self.end.stages
        if isinstance(frame, Progress) and frame.stage not in stages:
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
        percentage=frame.get("percentage", 0.0),
        message=frame.get("message", ""),
        stages=list(item["stages"]),
        timestamp=frame["timestamp"],
        ended=frame["type"] in {"complete", "error"},
    )


def _transact(items: list[dict[str, Any]], key: str, status: str, row: dict[str, Any], now: float) -> None:
    table = jobs_table()
    values: dict[str, Any] = {
        "status": status,
        "ended_at": str(now),
        "expires_at": int(now) + KEPT_SECONDS,
    } | row
    puts: list[TransactWriteItemTypeDef] = [
        {
            "Put": {
                "TableName": table.name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        for item in items
    ]
    close: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table.name,
            "Key": {"pk": key, "sk": ROW},
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ConditionExpression": "#status = :running",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}
            | {":running": "RUNNING"},
        }
    }
    table.meta.client.transact_write_items(TransactItems=[*puts, close])
