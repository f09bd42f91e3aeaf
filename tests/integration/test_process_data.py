"""The stages of process_data on real flights, in parts of a few hundred KB, against independent figures."""

import csv
import io
import itertools
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from demo import flights
from jobs.checkpoints import Checkpoint
from jobs.job import Job
from progress import OutOfTime, PermanentError
from progress.reporter import Progress, Update
from router.registry import Identity
from steps.process_data import objects, sorting
from steps.process_data import survey as surveying
from steps.process_data.combine import combine
from steps.process_data.convert import convert
from steps.process_data.deliver import Delivered, deliver
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.prepare import prepare
from steps.process_data.survey import survey
from uploading import UploadRequest, upload

Rows = list[dict[str, str]]
KEY = "records/january.csv"
BUCKET = "databucket"


@dataclass
class Stages:
    """Runs the stages one after the other; each stage may be killed again and again, behind its next item."""

    killed: bool = False
    updates: list[Update] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)

    def run(self, pipeline: list[dict[str, Any]], **more: Any) -> tuple[Delivered, bytes]:
        """Return the job's result and its file."""
        payload = {"source": {"bucket_key": KEY}, "format": "csv", "output": {"format": "csv"}} | more
        request = ProcessRequest.model_validate(payload | {"pipeline": pipeline})
        surveyed = self.stage(survey, request=request)
        prepared = self.stage(prepare, request=request, surveyed=surveyed)
        processed = self.stage(combine, request=request, surveyed=surveyed, prepared=prepared)
        given = {"request": request, "surveyed": surveyed, "processed": processed}
        converted = self.stage(convert, **given)
        delivered = self.stage(deliver, **given, converted=converted)
        body = boto3.client("s3").get_object(Bucket=BUCKET, Key=converted.key)["Body"].read()
        assert (len(body), "X-Amz-Signature=" in delivered.url) == (delivered.size, True)
        return delivered, body

    def stage(self, function: Any, **given: Any) -> Any:
        """Run a stage; what it is given and returns passes through JSON, as it does in a state machine."""
        kept: list[Checkpoint] = []
        while True:
            self.attempts[function.__name__] += 1
            progress = Progress(
                self.updates.append,
                job=Job("acme", "ada", "r1", "process_data", {}),
                checkpoint=Checkpoint(**json.loads(json.dumps(vars(kept[-1])))) if kept else None,
                save=kept.append,
                seconds_left=iter([60.0, 0.0] if self.killed else itertools.repeat(60.0)).__next__,
            )
            try:
                result = function(**given, progress=progress)
            except OutOfTime:
                continue
            return type(result).model_validate_json(result.model_dump_json())


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch, aws: list[str]) -> Stages:
    """Parts, runs and pieces so small that a month has many of them."""
    monkeypatch.setattr(surveying, "SMALLEST_PART", 300_000)
    monkeypatch.setattr(sorting, "LARGEST_RUN", 1_000_000)
    monkeypatch.setattr(objects, "CHUNK", 10_000)
    return Stages()


@pytest.fixture
def january(aws: list[str]) -> Rows:
    """The month as one CSV object; returned as an independent reading of it."""
    days = [body.decode() for _, body, _ in flights.partitions(flights.JANUARY)]
    text = days[0] + "".join(day.partition("\n")[2] for day in days[1:])
    boto3.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=text.encode())
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table(body: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def test_a32_every_operator_at_once(stages: Stages, january: Rows) -> None:
    delivered, body = stages.run(
        [
            {"filter": "number(dep_delay) != null and origin != 'EWR'"},
            {"rename": {"dest": "to"}},
            {"derive": {"speed": "round(distance / air_time * 60, 1)", "late": "dep_delay > 15"}},
            {"aggregate": {"by": ["carrier", "to"], "measures": {"n": "count()", "miles": "sum(distance)"}}},
            {"filter": "n >= 10"},
            {"sort": [{"by": "miles", "descending": True}, {"by": "to"}]},
            {"select": ["to", "carrier", "miles", "n"]},
        ]
    )
    wanted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in january:
        if row["dep_delay"] not in {"NA", ""} and row["origin"] != "EWR":
            group = wanted[row["carrier"], row["dest"]]
            group[0] += 1
            group[1] += int(row["distance"])
    kept = sorted(
        ((-miles, to, carrier, n) for (carrier, to), (n, miles) in wanted.items() if n >= 10),
        key=lambda row: row[:2],
    )
    assert [list(row.values()) for row in table(body)] == [
        [to, carrier, str(-miles), str(n)] for miles, to, carrier, n in kept
    ]
    flown = sum(n for n, _ in wanted.values())
    assert [(each.operator, each.rows_in, each.rows_out) for each in delivered.steps] == [
        ("filter", 27_004, flown),
        ("rename", flown, flown),
        ("derive", flown, flown),
        ("aggregate", flown, len(wanted)),
        ("filter", len(wanted), len(kept)),
        ("sort", len(kept), len(kept)),
        ("select", len(kept), len(kept)),
    ]
    assert (delivered.rows_in, delivered.rows_out) == (27_004, len(kept))


PIPELINES: dict[str, list[dict[str, Any]]] = {
    "rows only": [{"filter": "dep_delay > 15"}, {"select": ["carrier", "dep_delay"]}],
    "aggregate": [{"aggregate": {"by": ["dest"], "measures": {"n": "count()", "d": "mean(dep_delay)"}}}],
    "sort": [{"sort": [{"by": "dep_delay", "descending": True}, {"by": "carrier"}]}, {"derive": {"x": "1"}}],
    "sort and sample": [
        {"sort": [{"by": "distance"}]},
        {"sample": {"rows": 1000, "seed": 3}},
        {"sort": [{"by": "tailnum"}]},
        {"sample": {"fraction": 0.5}},
        {"aggregate": {"by": ["origin"], "measures": {"n": "count()"}}},
    ],
}


@pytest.mark.parametrize("name", PIPELINES)
def test_a44_killed_behind_every_part_the_result_is_the_same(
    name: str, stages: Stages, january: Rows
) -> None:
    whole = stages.run(PIPELINES[name])
    killed = Stages(killed=True)
    again = killed.run(PIPELINES[name])
    assert again[1] == whole[1]
    assert again[0].model_dump(exclude={"url", "expires_at"}) == whole[0].model_dump(
        exclude={"url", "expires_at"}
    )
    assert min(killed.attempts[stage] for stage in ("survey", "prepare")) == 9


def test_a44_pieces_of_a_large_result_are_the_same_after_kills(stages: Stages, january: Rows) -> None:
    more = {"output": {"format": "jsonl"}}
    one = stages.run([{"filter": "true"}], **more)[1]
    assert len(one) > objects.SMALLEST_PIECE
    assert Stages(killed=True).run([{"filter": "true"}], **more)[1] == one
    assert [json.loads(line)["dep_delay"] for line in one.splitlines()[:2]] == [2, 4]


def test_sort_is_stable_across_parts_and_runs(stages: Stages, january: Rows) -> None:
    body = stages.run([{"sort": [{"by": "carrier"}, {"by": "distance", "descending": True}]}])[1]
    assert table(body) == sorted(january, key=lambda row: (row["carrier"], -int(row["distance"])))


def test_a_sample_of_rows_keeps_their_order_and_is_drawn_by_its_seed(stages: Stages, january: Rows) -> None:
    drawn = table(stages.run([{"sample": {"rows": 100, "seed": 5}}])[1])
    chosen = sorted(random.Random("5 0").sample(range(len(january)), 100))
    assert drawn == [january[at] for at in chosen]
    assert len(table(stages.run([{"sample": {"rows": 100_000}}])[1])) == 27_004


def test_csv_to_jsonl_and_back_is_what_it_was(stages: Stages, january: Rows) -> None:
    as_jsonl = stages.run([{"filter": "true"}], output={"format": "jsonl"})[1]
    boto3.client("s3").put_object(Bucket=BUCKET, Key="results/acme/earlier/result.jsonl", Body=as_jsonl)
    source = {"source": {"bucket_key": "results/acme/earlier/result.jsonl"}, "format": "jsonl"}
    assert table(stages.run([{"filter": "true"}], **source)[1]) == january


def test_a32_classification_is_judged(stages: Stages, january: Rows) -> None:
    truth = {"derive": {"truth": "'late' if arr_delay > 15 else 'on time'"}}
    spec = {
        "column": "guess",
        "rules": [{"when": "dep_delay > 15", "label": "late"}],
        "otherwise": "on time",
        "against": "truth",
    }
    found = stages.run([truth, {"classify": spec}, {"aggregate": {"measures": {"n": "count()"}}}])[
        0
    ].classification
    assert found

    def is_late(text: str) -> bool:
        return text not in {"NA", ""} and int(text) > 15

    pairs = [(is_late(row["arr_delay"]), is_late(row["dep_delay"])) for row in january]
    both, given, right = sum(map(all, pairs)), sum(g for _, g in pairs), sum(r for r, _ in pairs)
    late = found.labels["late"]
    assert found.accuracy == sum(r == g for r, g in pairs) / len(pairs)
    assert (late.precision, late.recall, late.support) == (both / given, both / right, right)
    assert late.f1 == pytest.approx(2 * both / (given + right))


def put(key: str, body: str) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body.encode())


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"bucket_key": "records/none.csv"}, "There is no such source."),
        ({"bucket_key": "results/globex/r/result.csv"}, "There is no such source."),
        ({"bucket_key": "work/acme/r1/rows/0-0-0.jsonl"}, "There is no such source."),
        ({"bucket_key": "uploads/acme/" + "0" * 32}, "There is no such source."),
        ({"bucket_key": "recordsecret/a.csv"}, "There is no such source."),
        ({"upload": "1" * 32}, "There is no such source."),
        ({"bucket_key": "records/empty.csv"}, "The source is empty."),
    ],
)
def test_sources_that_are_not_there_or_not_ones_own(source: dict[str, str], why: str, stages: Stages) -> None:
    put("results/globex/r/result.csv", "a\n1\n")
    put("work/acme/r1/rows/0-0-0.jsonl", "a\n1\n")
    put("uploads/acme/" + "0" * 32, "a\n1\n")
    put("uploads/globex/" + "1" * 32, "a\n1\n")
    put("recordsecret/a.csv", "a\n1\n")
    put("records/empty.csv", "")
    with pytest.raises(PermanentError, match=why):
        stages.run([{"filter": "true"}], source=source)


def test_an_upload_of_ones_own_is_read(stages: Stages) -> None:
    put("uploads/acme/" + "0" * 32, "a\r\n1\r\n")
    assert stages.run([{"filter": "a == 1"}], source={"upload": "0" * 32})[1] == b"a\r\n1\r\n"


@pytest.mark.parametrize(
    ("body", "pipeline", "wanted"),
    [
        ("a,b\n", [{"filter": "a > 1"}], b"a,b\r\n"),
        ("a,b\n", [{"sort": [{"by": "a"}]}, {"sample": {"rows": 3}}], b"a,b\r\n"),
        ("a,b\n", [{"aggregate": {"by": ["a"], "measures": {"n": "count()"}}}], b"a,n\r\n"),
        ("a,b\n", [{"aggregate": {"measures": {"n": "count()", "s": "sum(a)"}}}], b"n,s\r\n0,\r\n"),
        ('a,b\n"x,""\n",1\n', [{"derive": {"c": "b > 0", "d": "null"}}], b'a,b,c,d\r\n"x,""\n",1,true,\r\n'),
    ],
)
def test_small_and_empty_tables(
    body: str, pipeline: list[dict[str, Any]], wanted: bytes, stages: Stages
) -> None:
    put("records/small.csv", body)
    assert stages.run(pipeline, source={"bucket_key": "records/small.csv"})[1] == wanted


def test_values_of_json_in_csv_and_json(stages: Stages) -> None:
    put("records/a.jsonl", '{"a": [1, "é"], "b": true, "c": 9007199254740993}\n{"d": 0.10}\n')
    more = {"source": {"bucket_key": "records/a.jsonl"}, "format": "jsonl"}
    body = stages.run([{"filter": "true"}], **more)[1].decode()
    assert body == 'a,b,c,d\r\n"[1, ""é""]",true,9007199254740993,\r\n,,,0.1\r\n'
    more["output"] = {"format": "jsonl"}
    lines = stages.run([{"derive": {"e": "c + 1"}}], **more)[1].decode().splitlines()
    assert json.loads(lines[0]) == {"a": [1, "é"], "b": True, "c": 2**53 + 1, "d": None, "e": 2**53 + 2}


def test_a_broken_row_in_a_later_part_is_told_with_its_number(stages: Stages, january: Rows) -> None:
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
    put("records/broken.csv", body.decode() + "1,2,3\n")
    with pytest.raises(
        PermanentError, match=r"Row 27,005 of the source has 3 cells where the header has 19\."
    ):
        stages.run([{"filter": "true"}], source={"bucket_key": "records/broken.csv"})


def test_a_source_that_changes_meanwhile_is_told(stages: Stages, january: Rows) -> None:
    request = ProcessRequest.model_validate(
        {
            "source": {"bucket_key": KEY},
            "format": "csv",
            "pipeline": [{"filter": "true"}],
            "output": {"format": "csv"},
        }
    )
    surveyed = stages.stage(survey, request=request)
    put(KEY, "a\n" * 2_500_000)
    with pytest.raises(PermanentError, match="The source was changed while it was read"):
        stages.stage(prepare, request=request, surveyed=surveyed)


def test_an_unknown_column_is_told_before_the_rows_are_read(stages: Stages, january: Rows) -> None:
    with pytest.raises(PermanentError, match=r'Step 1 \(filter\) names the column "colour"'):
        stages.run([{"filter": "colour == 'red'"}])
    assert stages.updates == []


def test_too_many_labels_are_told(stages: Stages, january: Rows) -> None:
    spec = {"column": "x", "rules": [{"when": "true", "label": "l"}], "otherwise": "o", "against": "tailnum"}
    with pytest.raises(PermanentError, match="over 50 labels"):
        stages.run([{"classify": spec}])


def test_what_stages_hand_on_is_small(stages: Stages, january: Rows) -> None:
    request = ProcessRequest.model_validate(
        {
            "source": {"bucket_key": KEY},
            "format": "csv",
            "pipeline": PIPELINES["sort"],
            "output": {"format": "csv"},
        }
    )
    surveyed = stages.stage(survey, request=request)
    prepared = stages.stage(prepare, request=request, surveyed=surveyed)
    assert len(surveyed.model_dump_json()) + len(prepared.model_dump_json()) < 4096


def test_a32_an_upload_is_signed_for_its_tenant_size_and_time(aws: list[str]) -> None:
    signed = upload(UploadRequest(size=1234), Identity("acme", "ada"))
    assert f"/uploads/acme/{signed.upload}?" in signed.url
    assert "X-Amz-SignedHeaders=content-length%3Bhost" in signed.url
    assert "X-Amz-Expires=3600" in signed.url
    assert signed.headers["Content-Length"] == "1234"
    assert aws == []
