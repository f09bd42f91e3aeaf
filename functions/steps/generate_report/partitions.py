"""The records of a period, `PREFIX/date=YYYY-MM-DD/*.csv`: listed once, and read ahead."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from types import TracebackType
from typing import Self

from jobs.clients import data_bucket, s3

AHEAD = 4  # objects that are on their way, and so in memory


class Partitions:
    """Reads the days in order. A context manager: what is on its way at the end is dropped."""

    def __init__(self, first: date, last: date) -> None:
        self._keys = _keys(first, last)
        self._pool = ThreadPoolExecutor(AHEAD, "read")
        self._coming = deque[tuple[str, Future[str]]]()
        self._fill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def texts(self, day: date) -> Iterator[str]:
        """Yield the text of each of the day's CSV objects; the days before it must have been read."""
        while self._coming and self._coming[0][0] == day.isoformat():
            _, coming = self._coming.popleft()
            text = coming.result()
            self._fill()
            yield text

    def _fill(self) -> None:
        while len(self._coming) < AHEAD and (found := next(self._keys, None)):
            day, key = found
            self._coming.append((day, self._pool.submit(_read, key)))


def _keys(first: date, last: date) -> Iterator[tuple[str, str]]:
    """Yield each CSV object's day and key, in order: one list for a thousand of them, whatever the days."""
    prefix = f"{os.environ['RECORDS_PREFIX']}/date="
    pages = (
        s3()
        .get_paginator("list_objects_v2")
        .paginate(Bucket=data_bucket(), Prefix=prefix, StartAfter=f"{prefix}{first.isoformat()}/")
    )
    for listed in (found for page in pages for found in page.get("Contents", [])):
        day, slash, _ = listed["Key"].removeprefix(prefix).partition("/")
        if day > last.isoformat():
            return
        if slash and listed["Key"].endswith(".csv"):
            yield day, listed["Key"]


def _read(key: str) -> str:
    return s3().get_object(Bucket=data_bucket(), Key=key)["Body"].read().decode("utf-8-sig")
