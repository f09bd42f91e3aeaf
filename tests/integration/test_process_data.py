"""The stages of process_data on real flights, in parts of a few hundred KB, against independent figures."""

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from demo import flights
from jobs.job import Job
from progress import PermanentError
from progress.reporter import Progress, Update
from router.registry import Identity
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
    """Runs the stages one after the other."""

    updates: list[Update] = field(default_factory=list)

    def run(self, pipeline: list[dict[str, Any]], **more: Any) -> tuple[Delivered, bytes]:
        """Return the job's result and its file."""
        payload = {"source": {"bucket_key": KEY}, "format": "csv", "output": {"format": "csv"}} | more
        request = ProcessRequest.model_validate(payload | {"pipeline": pipeline})
        surveyed = self.stage(survey, request=request)
        prepared = self.stage(prepare, request=request, surveyed=surveyed)
        processed = self.stage(combine, request=request, prepared=prepared)
        given = {"request": request, "processed": processed}
        converted = self.stage(convert, **given)
        delivered = self.stage(deliver, **given, converted=converted)
        body = boto3.client("s3").get_object(Bucket=BUCKET, Key=converted.key)["Body"].read()
        assert (len(body), "X-Amz-Signature=" in delivered.url) == (delivered.size, True)
        return delivered, body

    def stage(self, function: Any, **given: Any) -> Any:
        """Run a stage; what it is given and returns passes through JSON, as it does in a state machine."""
        progress = Progress(self.updates.append, job=Job("acme", "ada", "r1", "process_data", {}))
        result = function(**given, progress=progress)
        return type(result).model_validate_json(result.model_dump_json())


@pytest.fixture
def stages(aws: list[str]) -> Stages:
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
            {"filter": "dep_delay is not null and origin <> 'EWR'"},
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


def typed(january: Rows) -> list[dict[str, str]]:
    """The month where its columns got types: among numbers NA is null, an empty cell; tailnum has texts."""
    return [
        {name: "" if cell == "NA" and name != "tailnum" else cell for name, cell in row.items()}
        for row in january
    ]


def test_sort_is_stable(stages: Stages, january: Rows) -> None:
    body = stages.run([{"sort": [{"by": "carrier"}, {"by": "distance", "descending": True}]}])[1]
    assert table(body) == sorted(january, key=lambda row: (row["carrier"], -int(row["distance"])))


def test_nulls_come_last_in_either_direction(stages: Stages, january: Rows) -> None:
    for descending in (False, True):
        body = stages.run([{"sort": [{"by": "dep_delay", "descending": descending}]}])[1]
        found = [row["dep_delay"] for row in table(body)]
        known = [int(row["dep_delay"]) for row in january if row["dep_delay"] != "NA"]
        assert found[: len(known)] == list(map(str, sorted(known, reverse=descending)))
        assert set(found[len(known) :]) == {""}


def test_samples_keep_their_order_and_are_drawn_by_their_seed(stages: Stages, january: Rows) -> None:
    rows = [list(row.values()) for row in january]
    places = {tuple(row): at for at, row in enumerate(rows)}
    cases: list[tuple[dict[str, Any], int, int]] = [
        ({"rows": 100}, 100, 100),
        ({"fraction": 0.1}, 2_500, 2_900),
    ]
    for sample, least, most in cases:
        drawn, again, other = (
            [list(row.values()) for row in table(stages.run([{"sample": sample | {"seed": seed}}])[1])]
            for seed in (5, 5, 6)
        )
        assert drawn == again != other
        assert least <= len(drawn) <= most
        found = [places[tuple(row)] for row in drawn]
        assert found == sorted(found)
        assert found[-1] - found[0] > 20_000  # of all parts
    assert len(table(stages.run([{"sample": {"rows": 100_000}}])[1])) == 27_004


@pytest.mark.parametrize("way", ["jsonl", "parquet"])
def test_csv_to_another_format_and_back_is_what_it_was(way: str, stages: Stages, january: Rows) -> None:
    body = stages.run([{"filter": "true"}], output={"format": way})[1]
    key = f"results/acme/earlier/result.{way}"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    source = {"source": {"bucket_key": key}, "format": way}
    assert table(stages.run([{"filter": "true"}], **source)[1]) == typed(january)


def test_a32_an_expression_over_all_columns_is_as_an_independent_reading_has_it(
    stages: Stages, aws: list[str]
) -> None:
    """Row 32, over the 336,776 flights of 2013: every column in one expression, each row compared."""
    days = [body.decode() for _, body, _ in flights.partitions(flights.YEAR)]
    text = days[0] + "".join(day.partition("\n")[2] for day in days[1:])
    boto3.client("s3").put_object(Bucket=BUCKET, Key="records/2013.csv", Body=text.encode())
    expression = (
        "coalesce(year, 0) + month * 31 + day + coalesce(dep_time, -1) % 7 + sched_dep_time // 100"
        " + coalesce(dep_delay, 0) * 2 - coalesce(arr_time, 3) + abs(sched_arr_time - 1200)"
        " + case when arr_delay > 15 then 1 when arr_delay is null then 2 else 0 end + length(carrier)"
        " + flight + coalesce(length(tailnum), 9) + strpos(origin, 'J')"
        " + case when dest in ('LAX', 'SFO') then 100 else 0 end + coalesce(air_time, 0) + distance + hour"
        " + minute + cast(substring(time_hour, 12, 2) as int)"
    )
    more = {"source": {"bucket_key": "records/2013.csv"}, "output": {"format": "jsonl"}}
    body = stages.run([{"derive": {"x": expression}}, {"select": ["x"]}], **more)[1]
    found = [json.loads(line)["x"] for line in body.splitlines()]

    def number(cell: str, otherwise: int) -> int:
        return otherwise if cell in {"", "NA"} else int(cell)

    wanted = []
    for row in csv.DictReader(io.StringIO(text, newline="")):
        late = row["arr_delay"]
        dep_time = number(row["dep_time"], -1)
        wanted.append(
            int(row["year"])
            + int(row["month"]) * 31
            + int(row["day"])
            + (dep_time % 7 if dep_time >= 0 else -1)
            + int(row["sched_dep_time"]) // 100
            + number(row["dep_delay"], 0) * 2
            - number(row["arr_time"], 3)
            + abs(int(row["sched_arr_time"]) - 1200)
            + (2 if late in {"", "NA"} else int(int(late) > 15))
            + len(row["carrier"])
            + int(row["flight"])
            + (len(row["tailnum"]) or 9)
            + row["origin"].find("J")
            + 1
            + (100 if row["dest"] in {"LAX", "SFO"} else 0)
            + number(row["air_time"], 0)
            + int(row["distance"])
            + int(row["hour"])
            + int(row["minute"])
            + int(row["time_hour"][11:13])
        )
    assert len(wanted) == 336_776
    assert found == wanted


def test_a32_classification_is_judged(stages: Stages, january: Rows) -> None:
    truth = {"derive": {"truth": "case when arr_delay > 15 then 'late' else 'on time' end"}}
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
    assert stages.run([{"filter": "a = 1"}], source={"upload": "0" * 32})[1] == b"a\n1\n"


@pytest.mark.parametrize(
    ("body", "pipeline", "wanted"),
    [
        ("a,b\n", [{"filter": "a > 1"}], b"a,b\n"),
        ("a,b\n", [{"sort": [{"by": "a"}]}, {"sample": {"rows": 3}}], b"a,b\n"),
        ("a,b\n", [{"aggregate": {"by": ["a"], "measures": {"n": "count()"}}}], b"a,n\n"),
        ("a,b\n", [{"aggregate": {"measures": {"n": "count()", "s": "sum(a)"}}}], b"n,s\n0,\n"),
        ('a,b\n"x,""\n",1\n', [{"derive": {"c": "b > 0", "d": "null"}}], b'a,b,c,d\n"x,""\n",1,true,\n'),
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
    assert body == 'a,b,c,d\n"[1,""é""]",true,9007199254740993,\n,,,0.1\n'
    more["output"] = {"format": "jsonl"}
    lines = stages.run([{"derive": {"e": "c + 1"}}], **more)[1].decode().splitlines()
    assert json.loads(lines[0]) == {"a": [1, "é"], "b": True, "c": 2**53 + 1, "d": None, "e": 2**53 + 2}


def test_types_that_only_the_end_of_the_source_shows(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Column a seems to have whole numbers, and has a fraction, then a text, behind what the survey reads."""
    monkeypatch.setattr(surveying, "SAMPLE", 1_000)
    put("records/a.csv", "a,b\n" + "1,x\n" * 10_000 + "2.5,x\n")
    source = {"source": {"bucket_key": "records/a.csv"}}
    pipeline = [{"aggregate": {"measures": {"s": "sum(a)", "n": "count()"}}}]
    assert stages.run(pipeline, **source)[1] == b"s,n\n10002.5,10001\n"
    put("records/a.csv", "a,b\n" + "1,x\n" * 10_000 + "z,x\n")
    with pytest.raises(PermanentError, match=r"Step 1 \(aggregate\) cannot be computed: .*sum\(VARCHAR\)"):
        stages.run(pipeline, **source)


def test_a_source_that_changes_meanwhile_is_told(stages: Stages, january: Rows) -> None:
    payload = {"source": {"bucket_key": KEY}, "format": "csv", "output": {"format": "csv"}}
    request = ProcessRequest.model_validate(payload | {"pipeline": [{"filter": "true"}]})
    surveyed = stages.stage(survey, request=request)
    put(KEY, "a\n" * 2_500_000)
    with pytest.raises(PermanentError, match="The source was changed while it was read"):
        stages.stage(prepare, request=request, surveyed=surveyed)


def test_formulas_are_kept_unless_cells_are_to_be_safe(stages: Stages) -> None:
    cells = ["=1+1", "+1", "-2", "@x", "-x", "a=b", "\tx"]
    put("records/f.csv", "=h,n\n" + "".join(f"{cell},-5\n" for cell in cells))
    more: dict[str, Any] = {"source": {"bucket_key": "records/f.csv"}}
    assert [row["=h"] for row in table(stages.run([{"filter": "true"}], **more)[1])] == cells
    more["output"] = {"format": "csv", "safe_cells": True}
    safe = table(stages.run([{"derive": {"d": "'=' || n", "m": "n - 1"}}], **more)[1])
    assert [row["'=h"] for row in safe] == ["'=1+1", "+1", "-2", "'@x", "'-x", "a=b", "'\tx"]
    assert {(row["n"], row["d"], row["m"]) for row in safe} == {("-5", "'=-5", "-6")}


def test_a32_parquet_comes_out_with_its_types(stages: Stages, january: Rows) -> None:
    pipeline = [{"aggregate": {"by": ["carrier"], "measures": {"n": "count()", "miles": "sum(distance)"}}}]
    body = stages.run(pipeline, output={"format": "parquet"})[1]
    boto3.client("s3").put_object(Bucket=BUCKET, Key="results/acme/r0/result.parquet", Body=body)
    source = {"source": {"bucket_key": "results/acme/r0/result.parquet"}, "format": "parquet"}
    rows = table(stages.run([{"sql": "SELECT * FROM rows ORDER BY carrier"}], **source)[1])
    wanted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in january:
        wanted[row["carrier"]][0] += 1
        wanted[row["carrier"]][1] += int(row["distance"])
    assert [list(row.values()) for row in rows] == [
        [carrier, *map(str, sums)] for carrier, sums in sorted(wanted.items())
    ]


def test_what_has_no_finite_value_is_null_where_text_has_no_word_for_it(stages: Stages) -> None:
    put("records/a.csv", "a\n1e300\n")
    more: dict[str, Any] = {"source": {"bucket_key": "records/a.csv"}}
    pipeline = [{"derive": {"b": "a * a", "c": "a / 0"}}]
    assert stages.run(pipeline, **more)[1] == b"a,b,c\n1e+300,,\n"
    more["output"] = {"format": "jsonl"}
    assert json.loads(stages.run(pipeline, **more)[1]) == {"a": 1e300, "b": None, "c": None}


def test_progress_is_what_the_engine_has_done(stages: Stages, january: Rows) -> None:
    stages.run([{"sort": [{"by": "dep_delay"}]}, {"aggregate": {"measures": {"n": "count()"}}}])
    messages = [update.message for update in stages.updates]
    for last in (
        "Surveyed 19 columns of 2.4 MB",
        "Prepared 27,004 rows",
        "Combined them to 1 rows",
        "Wrote 1 of 1 rows",
    ):
        assert last in messages


def test_a_broken_row_in_a_later_part_is_told_with_its_number(stages: Stages, january: Rows) -> None:
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
    put("records/broken.csv", body.decode() + "1,2,3\n")
    with pytest.raises(
        PermanentError, match=r"Row 27,005 of the source has 3 cells where the header has 19\."
    ):
        stages.run([{"filter": "true"}], source={"bucket_key": "records/broken.csv"})


def test_a_broken_row_behind_quotes_is_told_with_its_number(stages: Stages) -> None:
    """Where something is quoted the engine counts the rows, and is the first to see it."""
    put("records/broken.csv", 'a,b\n"1",2\n"3\n3",4\n5\n')
    with pytest.raises(PermanentError, match=r"Row 3 of the source has 1 cells where the header has 2\."):
        stages.run([{"filter": "true"}], source={"bucket_key": "records/broken.csv"})


def test_an_unknown_column_is_told_before_any_work_on_rows(stages: Stages, january: Rows) -> None:
    payload = {"source": {"bucket_key": KEY}, "format": "csv", "output": {"format": "csv"}}
    steps = [{"sort": [{"by": "carrier"}]}, {"filter": "colour = 'red'"}]
    request = ProcessRequest.model_validate(payload | {"pipeline": steps})
    with pytest.raises(PermanentError, match=r'Step 2 \(filter\) .* column "colour" not found') as caught:
        stages.stage(survey, request=request)
    assert "#" not in str(caught.value)


def test_too_many_labels_are_told(stages: Stages, january: Rows) -> None:
    spec = {"column": "x", "rules": [{"when": "true", "label": "l"}], "otherwise": "o", "against": "tailnum"}
    with pytest.raises(PermanentError, match="over 50 labels"):
        stages.run([{"classify": spec}])


def test_a32_an_upload_is_signed_for_its_tenant_size_and_time(aws: list[str]) -> None:
    signed = upload(UploadRequest(size=1234), Identity("acme", "ada"))
    assert f"/uploads/acme/{signed.upload}?" in signed.url
    assert "X-Amz-SignedHeaders=content-length%3Bhost" in signed.url
    assert "X-Amz-Expires=3600" in signed.url
    assert signed.headers["Content-Length"] == "1234"
    assert aws == []
