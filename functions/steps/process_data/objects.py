"""Objects in S3, read and written a piece at a time."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, IncompleteReadError
from pydantic import BaseModel, Field

from jobs.clients import data_bucket, s3
from progress import PermanentError, TransientError
from steps.process_data.reading import LONGEST_ROW, ROWS_AT_ONCE, Row

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

CHUNK = 256 * 1024  # bytes
PIECE = 8 * 1024 * 1024  # of a multipart upload
SMALLEST_PIECE = 5 * 1024 * 1024  # S3 takes no smaller one, except the last
LARGEST_LINE = 4 * LONGEST_ROW

encode: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False
).encode


def read(key: str, start: int = 0, end: int | None = None, etag: str | None = None) -> Iterator[bytes]:
    """Yield the object's bytes from `start` to before `end`, in chunks.

    Raises:
        PermanentError: the object is no longer the one of that `etag`.
        TransientError: the stream broke off.
    """
    if end is not None and start >= end:
        return
    wanted: dict[str, Any] = {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
    if etag is not None:
        wanted["IfMatch"] = etag
    try:
        body = s3().get_object(Bucket=data_bucket(), Key=key, **wanted)["Body"]
        with body:
            yield from body.iter_chunks(CHUNK)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"PreconditionFailed", "412", "NoSuchKey", "404"} and etag:
            raise PermanentError("The source was changed while it was read.") from error
        raise
    except IncompleteReadError as error:
        raise TransientError("The stream broke off.") from error


def rows_of(key: str) -> Iterator[list[Row]]:
    """Yield the rows of an object that `write_rows` or a `Sorter` wrote, some at a time."""
    rest = b""
    for chunk in read(key):
        *lines, rest = (rest + chunk).split(b"\n")
        for at in range(0, len(lines), ROWS_AT_ONCE):
            yield json.loads(b"[" + b",".join(lines[at : at + ROWS_AT_ONCE]) + b"]")


class Run(BaseModel):
    """Rows in an object of the job's folder, a JSON array a line. `size` is in bytes."""

    key: str
    rows: int
    size: int


class Pieces(BaseModel):
    """An object that is being written. `upload` is S3's id once there is more than one piece."""

    key: str
    upload: str | None = None
    tags: list[str] = Field(default_factory=list)
    size: int = 0


class Writer:
    """Writes an object; pieces go to S3 as they come, and the object is there when it is closed.

    What a killed writer leaves is never an object, and the bucket's lifecycle removes it.
    """

    def __init__(self, pieces: Pieces, **properties: str) -> None:
        """`properties` are those of the object, as S3 names them: ContentType, say."""
        self.pieces = pieces
        self._place: dict[str, Any] = {"Bucket": data_bucket(), "Key": pieces.key}
        self._properties: dict[str, Any] = properties
        self._waiting: list[bytes] = []
        self.length = 0  # of what waits, in bytes

    def write(self, data: bytes) -> None:
        """Write on."""
        self._waiting.append(data)
        self.length += len(data)
        if self.length >= PIECE:
            self.send()

    def send(self) -> None:
        """Send what waits as a piece; it must be `SMALLEST_PIECE` long, or the last."""
        pieces, place = self.pieces, self._place
        if pieces.upload is None:
            pieces.upload = s3().create_multipart_upload(**place, **self._properties)["UploadId"]
        body = self.waiting()
        number = len(pieces.tags) + 1
        sent = s3().upload_part(**place, UploadId=pieces.upload, PartNumber=number, Body=body)
        pieces.tags.append(sent["ETag"])
        pieces.size += len(body)
        self._waiting, self.length = [], 0

    def waiting(self) -> bytes:
        """Return what was not yet sent."""
        self._waiting = [b"".join(self._waiting)]
        return self._waiting[0]

    def close(self) -> None:
        """Make the object. What was made already, by an attempt that died then, is made."""
        pieces, place = self.pieces, self._place
        if pieces.upload is None:
            pieces.size = self.length
            s3().put_object(**place, Body=self.waiting(), **self._properties)
            return
        if self.length:
            self.send()
        made: list[CompletedPartTypeDef] = [
            {"PartNumber": at, "ETag": tag} for at, tag in enumerate(pieces.tags, 1)
        ]
        try:
            s3().complete_multipart_upload(**place, UploadId=pieces.upload, MultipartUpload={"Parts": made})
        except s3().exceptions.NoSuchUpload:
            if s3().head_object(**place)["ContentLength"] != pieces.size:
                raise


def write_rows(key: str, batches: Iterable[Iterable[Row]]) -> Run:
    """Write rows to an object of the job's folder.

    Raises:
        PermanentError: a row is too long.
    """
    writer, count = Writer(Pieces(key=key)), 0
    for batch in batches:
        lines = [encode(row) for row in batch]
        count += len(lines)
        writer.write(as_block(lines))
    writer.close()
    return Run(key=key, rows=count, size=writer.pieces.size)


def as_block(lines: list[str]) -> bytes:
    """Return rows' lines as bytes.

    Raises:
        PermanentError: a row is too long.
    """
    if max(map(len, lines), default=0) > LARGEST_LINE:
        raise PermanentError(f"The pipeline makes a row over {LARGEST_LINE // 1024:,} KB.")
    return "".join([line + "\n" for line in lines]).encode()
