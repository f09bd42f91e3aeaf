"""Row 32: rows through a pipeline, over real sockets and processes, on real data."""

import asyncio
import csv
import io
import json
import urllib.error
import urllib.request
from collections import defaultdict
from typing import Any

import pytest
from mypy_boto3_s3 import S3Client

from demo import flights
from demo.runner_process import Runner, running
from tests.e2e.conftest import s3_of
from tests.e2e.sockets import ask, check_stream, follow, run, send, socket
from tests.support.stack import ROOT
from tests.support.workers import PROC, peak, workers

MB = 1024 * 1024
KEY = "records/january.csv"
CSV_OF_MINE = {"source": {"bucket_key": KEY}, "format": "csv", "output": {"format": "csv"}}


@pytest.fixture(scope="module")
def january(runner: Runner) -> str:
    """The month as one CSV object."""
    text = month()
    s3_of(runner).put_object(Bucket=runner.bucket, Key=KEY, Body=text.encode())
    return text


def month() -> str:
    days = [body.decode() for _, body, _ in flights.partitions(flights.JANUARY)]
    return days[0] + "".join(day.partition("\n")[2] for day in days[1:])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def fetch(url: str, body: bytes | None = None, method: str = "GET", **headers: str) -> bytes:
    """Open a link, with nothing but the link."""
    request = urllib.request.Request(url, body, headers, method=method)

    def call() -> bytes:
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: bytes = answer.read()
            return content

    return await asyncio.to_thread(call)


async def put(ticket: dict[str, Any], body: bytes) -> int:
    """Upload as the ticket says, but for the length, which is the body's; return the answer's status."""
    headers = ticket["headers"] | {"Content-Length": str(len(body))}
    try:
        await fetch(ticket["url"], body, ticket["method"], **headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    return 200


async def test_a32_csv_through_every_operator(runner: Runner, january: str) -> None:
    pipeline = [
        {"filter": "dep_delay is not null"},
        {"rename": {"dest": "to"}},
        {
            "derive": {
                "late": "dep_delay > 15",
                "truth": "case when arr_delay > 15 then 'late' else 'on time' end",
            }
        },
        {
            "classify": {
                "column": "guess",
                "rules": [{"when": "late", "label": "late"}],
                "otherwise": "on time",
                "against": "truth",
            }
        },
        {"sample": {"fraction": 0.9999999999}},
        {
            "aggregate": {
                "by": ["carrier"],
                "measures": {
                    "n": "count()",
                    "miles": "sum(distance)",
                    "late": "count_if(late)",
                },
            }
        },
        {"sort": [{"by": "miles", "descending": True}]},
        {"sample": {"rows": 100}},
        {"select": ["carrier", "miles", "n", "late"]},
    ]
    async with socket(runner) as c:
        frames = await run(c, "process_data", CSV_OF_MINE | {"pipeline": pipeline})
    check_stream(frames)
    assert {0, 20, 40, 60, 85, 100} <= {
        frame["percentage"] for frame in frames if frame["type"] == "progress"
    }
    stages = list(dict.fromkeys(frame["stage"] for frame in frames if frame["type"] == "progress"))
    assert stages == [
        "Survey the source",
        "Prepare the rows",
        "Combine the rows",
        "Write the result",
        "Deliver the result",
    ]
    messages = [frame["message"] for frame in frames if frame["type"] == "progress"]
    flown = [row for row in rows_of(january) if row["dep_delay"] not in {"", "NA"}]
    assert {"Surveyed 19 columns of 2.4 MB", "Prepared 27,004 rows", "Wrote 16 of 16 rows"} <= set(messages)

    wanted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in flown:
        sums = wanted[row["carrier"]]
        sums[0] += int(row["distance"])
        sums[1] += 1
        sums[2] += int(row["dep_delay"]) > 15
    assert frames[-1]["success"] is True
    result = frames[-1]["result"]
    body = await fetch(result["url"])
    assert len(body) == result["size"]
    assert [list(row.values()) for row in rows_of(body.decode())] == [
        [carrier, *map(str, sums)] for carrier, sums in sorted(wanted.items(), key=lambda item: -item[1][0])
    ]
    assert (result["rows_in"], result["rows_out"], result["format"]) == (27_004, len(wanted), "csv")
    assert [step["rows_out"] for step in result["steps"]] == [*[len(flown)] * 5, *[len(wanted)] * 4]
    right = sum(
        (int(row["dep_delay"]) > 15) == (row["arr_delay"] not in {"", "NA"} and int(row["arr_delay"]) > 15)
        for row in flown
    )
    assert result["classification"]["accuracy"] == right / len(flown)


async def test_a32_jsonl_that_was_uploaded(runner: Runner) -> None:
    objects: list[dict[str, Any]] = rows_of(month())[:5000]
    for row in objects:
        row["dep_delay"] = int(row["dep_delay"]) if row["dep_delay"] != "NA" else None
    body = "".join(json.dumps(row) + "\n" for row in objects).encode()
    async with socket(runner) as c:
        ticket = (await ask(c, "upload", {"size": len(body)}))["data"]
        assert await put(ticket, body) == 200
        frames = await run(
            c,
            "process_data",
            {
                "source": {"upload": ticket["upload"]},
                "format": "jsonl",
                "pipeline": [{"filter": "dep_delay >= 60"}, {"select": ["tailnum", "dep_delay"]}],
                "output": {"format": "jsonl"},
            },
        )
    check_stream(frames)
    result = frames[-1]["result"]
    assert [json.loads(line) for line in (await fetch(result["url"])).splitlines()] == [
        {"tailnum": row["tailnum"], "dep_delay": row["dep_delay"]}
        for row in objects
        if row["dep_delay"] is not None and row["dep_delay"] >= 60
    ]
    assert result["rows_in"] == 5000


async def test_a32_an_upload_is_for_its_size_and_for_its_tenant(runner: Runner) -> None:
    async with socket(runner) as c:
        ticket = (await ask(c, "upload", {"size": 4}))["data"]
    elsewhere = ticket | {"url": ticket["url"].replace("/acme/", "/globex/")}
    assert await put(ticket, b"a\n1\n2\n") == 403
    assert await put(elsewhere, b"a\n1\n") == 403
    assert await put(ticket, b"a\n1\n") == 200
    payload = {
        "source": {"upload": ticket["upload"]},
        "format": "csv",
        "pipeline": [{"filter": "true"}],
        "output": {"format": "csv"},
    }
    async with socket(runner) as c:
        mine = (await run(c, "process_data", payload))[-1]
    async with socket(runner, tenant="globex") as c:
        theirs = (await run(c, "process_data", payload))[-1]
    assert mine["result"]["rows_out"] == 1
    assert (theirs["error"]["code"], theirs["error"]["message"]) == (
        "PROCESSING_FAILED",
        "There is no such source.",
    )


async def test_a32_what_cannot_be_done_is_said(runner: Runner, january: str) -> None:
    async with socket(runner) as c:
        bad = await ask(c, "process_data", CSV_OF_MINE | {"pipeline": [{"filter": "__import__('os')"}]})
        too_large = await ask(c, "upload", {"size": 5 * 1024**3 + 1})
        unknown = await run(c, "process_data", CSV_OF_MINE | {"pipeline": [{"filter": "colour > 1"}]})
    assert bad["error"]["code"] == too_large["error"]["code"] == "VALIDATION_ERROR"
    assert bad["error"]["details"][0]["path"] == "$.payload.pipeline[0].filter"
    check_stream(unknown)
    assert unknown[-1]["error"]["message"].startswith(
        'Step 1 (filter) cannot be computed: Referenced column "colour" not found in FROM clause! Candidate'
    )


@pytest.mark.skipif(not PROC.exists(), reason="needs Linux to see what processes use")
async def test_a32_memory_stays_flat_over_200_mb() -> None:
    pipeline = [
        {"filter": "dep_delay > 60"},
        {"derive": {"speed": "round(distance / air_time * 60, 1)"}},
        {"sort": [{"by": "dep_delay", "descending": True}, {"by": "carrier"}]},
    ]
    text = month()
    with running(template=ROOT / "template.yaml") as runner:
        times = fill(s3_of(runner), runner.bucket, text, 200 * MB)
        async with socket(runner) as c:
            request_id = await send(c, "process_data", CSV_OF_MINE | {"pipeline": pipeline})
            frames = await follow(c, request_id, seconds=300)
        peaks = {name: peak(pid) for pid, name in workers(runner)}
    check_stream(frames)
    result = frames[-1]["result"]
    late = [int(row["dep_delay"]) for row in rows_of(text) if row["dep_delay"] not in {"", "NA"}]
    assert result["rows_in"] == 27_004 * times
    assert result["rows_out"] == sum(delay > 60 for delay in late) * times
    steps = {name: size for name, size in peaks.items() if name.endswith(STEPS)}
    assert len(steps) == len(STEPS)
    # docs/actions/process_data.md has these figures.
    print({name: f"{size // MB} MB" for name, size in steps.items()})  # noqa: T201
    assert max(steps.values()) < 512 * MB


STEPS = ("SurveyFunction", "PrepareFunction", "CombineFunction", "ConvertFunction", "DeliverFunction")


def fill(s3: S3Client, bucket: str, text: str, size: int) -> int:
    """Stream the month into one object until it is `size` bytes large; return how many times."""
    header, _, body = text.partition("\n")
    upload: Any = {"Bucket": bucket, "Key": KEY}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    times = -(-size // len(body))
    parts: list[Any] = []
    pending = f"{header}\n".encode()
    for number in range(times):
        pending += body.encode()
        if len(pending) > 8 * MB or number == times - 1:
            part = s3.upload_part(**upload, PartNumber=len(parts) + 1, Body=pending)
            parts.append({"PartNumber": len(parts) + 1, "ETag": part["ETag"]})
            pending = b""
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    return times
