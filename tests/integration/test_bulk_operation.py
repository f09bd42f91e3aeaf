"""bulk_operation's stages on tables and a bucket: what becomes of records, and what is said of it."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from progress import OutOfTime, PermanentError, TransientError
from progress.reporter import Progress
from steps.bulk_operation import cut, manifests
from steps.bulk_operation.cut import cut_lines
from tests.support.bulk import Bulk, read, records, stored, write
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.steps import LambdaContext, claim, logged, row

Given = dict[str, Any]


@pytest.fixture
def bulk(aws: list[str], connections: Connections, clock: TurnedClock) -> Iterator[Bulk]:
    claim("r1", clock.now(), {"c1"})
    with records():
        yield Bulk("r1", clock)


def payload(operation: str, *items: Given, **more: Any) -> Given:
    return {"operation": operation, "items": list(items)} | more


def codes(result: Given) -> list[tuple[int, str | None, str]]:
    return [(failure["n"], failure["id"], failure["code"]) for failure in result["failures"]]


def test_a33_put_makes_and_replaces_records(bulk: Bulk) -> None:
    fields = {"n": 1, "f": 0.1, "none": None, "deep": {"list": [1.5, "x", True]}, "": ""} | {"empty": ""}
    del fields[""]
    with records("acme", {"id": "b", "old": 1, "tags": {"t"}}), records("globex", {"id": "a", "theirs": 1}):
        result = bulk.run(payload("put", {"id": "a", "fields": fields}, {"id": "b", "fields": {"n": 2}}))
    assert result.items() >= {"success": True, "processed": 2, "failed": 0, "total": 2}.items()
    deep = {"list": [Decimal("1.5"), "x", True]}
    made = {"n": 1, "f": Decimal("0.1"), "none": None, "deep": deep, "empty": ""}
    assert stored() == {"a": made, "b": {"n": 2}}
    assert stored("globex") == {"a": {"theirs": 1}}


def test_a33_update_changes_the_fields_that_it_names(bulk: Bulk) -> None:
    with records("acme", {"id": "a", "n": 1, "kept": "x"}):
        result = bulk.run(payload("update", {"id": "a", "fields": {"n": 2, "size": 3}}))
    assert result["success"]
    assert stored() == {"a": {"n": 2, "size": 3, "kept": "x"}}


def test_a33_tags_are_added_and_deleted_is_what_is_not_there(bulk: Bulk, clock: TurnedClock) -> None:
    with records("acme", {"id": "a", "tags": {"old"}}, {"id": "b"}):
        bulk.run(payload("tag", {"id": "a", "tags": ["new", "new"]}, {"id": "b", "tags": ["new"]}))
        assert stored() == {"a": {"tags": {"old", "new"}}, "b": {"tags": {"new"}}}
        claim("r2", clock.now())
        gone = {"equals": {"n": 1}}
        result = Bulk("r2", clock).run(payload("delete", {"id": "a"}, {"id": "c"}, **{"if": gone}))
    assert codes(result) == [(1, "a", "CONDITION_FAILED")]
    assert result["processed"] == 1
    assert stored().keys() == {"a", "b"}


@pytest.mark.parametrize(
    ("condition", "failing"),
    [
        ({"exists": True}, {"new"}),
        ({"exists": False}, {"one", "two", "none"}),
        ({"equals": {"v": 1}}, {"two", "none", "new"}),
        ({"equals": {"v": None}}, {"one", "two", "new"}),
        ({"exists": True, "equals": {"v": 2}}, {"one", "none", "new"}),
        ({"equals": {"v": 1, "w": 1}}, {"one", "two", "none", "new"}),
        ({"equals": {"v = v OR v": 1}}, {"one", "two", "none", "new"}),
    ],
)
@pytest.mark.parametrize("operation", ["put", "update"])
def test_a33_conditions(operation: str, condition: Given, failing: set[str], bulk: Bulk) -> None:
    before: list[Given] = [{"id": "one", "v": 1}, {"id": "two", "v": 2}, {"id": "none", "v": None}]
    items = [{"id": name, "fields": {"v": 9}} for name in ("one", "two", "none", "new")]
    with records("acme", *before):
        result = bulk.run(payload(operation, *items, **{"if": condition}))
    assert {failure["id"] for failure in result["failures"]} == failing
    assert {failure["code"] for failure in result["failures"]} == {"CONDITION_FAILED"}
    assert (result["success"], result["failed"]) == (False, len(failing))
    assert {name for name, record in stored().items() if record["v"] == 9} == {
        item["id"] for item in items
    } - failing


@pytest.mark.parametrize(
    ("operation", "item", "condition"),
    [
        ("put", {"id": "new", "fields": {"v": 2}}, {"exists": False}),
        ("update", {"id": "one", "fields": {"v": 2}}, {"equals": {"v": 1}}),
        ("delete", {"id": "one"}, {"equals": {"v": 1}}),
        ("delete", {"id": "one"}, {"exists": True}),
        ("tag", {"id": "one", "tags": ["x"]}, {"exists": True}),
    ],
)
def test_a44_an_item_that_is_applied_again_has_been_applied_once(
    operation: str, item: Given, condition: Given, bulk: Bulk
) -> None:
    ends = []

    def twice(handler: Any, given: Given) -> None:
        for _ in range(2):
            handler(given, LambdaContext())
            ends.append((stored(), read(f"work/acme/r1/{'e' * 16}/result 00000.json")))

    with records("acme", {"id": "one", "v": 1}):
        result = bulk.run(payload(operation, item, **{"if": condition}), twice)
    assert result["processed"] == 1
    assert ends[0] == ends[1]


def test_a44_anothers_job_of_the_same_id_is_not_ones_own(bulk: Bulk) -> None:
    plan = bulk.cut(payload("put", {"id": "a", "fields": {"v": 1}}, **{"if": {"exists": False}}))
    (batch,) = bulk.batches(plan)
    bulk.applies(bulk.batch(plan, batch), LambdaContext())
    other = plan | {"run": "f" * 64}  # the same id, a week later
    bulk.applies(bulk.batch(other, batch), LambdaContext())
    assert bulk.summarise(other)["failed"] == 1


def test_a33_the_lines_of_a_manifest(bulk: Bulk) -> None:
    key = write(
        "records/items.jsonl",
        b'\xef\xbb\xbf{"id": "a", "fields": {"n": 1}}\r',
        b"",
        b"{not json",
        [1],
        {"id": "b"},
        {"id": "a", "fields": {"n": 2}},
        {"id": "c", "fields": {"n": 1}, "tags": ["x"]},
        {"id": 7, "fields": {"n": 1}},
        b'{"id": "n", "fields": {"n": NaN}}',
        b"[" * 100_000,
        {"id": "d", "fields": {"n": 1}},
    )
    result = bulk.run({"operation": "put", "manifest": {"bucket_key": key}, "batch_size": 2})
    assert codes(result) == [
        (3, None, "INVALID_ITEM"),
        (4, None, "INVALID_ITEM"),
        (5, "b", "INVALID_ITEM"),
        (6, "a", "REPEATED_ID"),
        (7, "c", "INVALID_ITEM"),
        (8, None, "INVALID_ITEM"),
        (9, "n", "INVALID_ITEM"),
        (10, None, "INVALID_ITEM"),
    ]
    assert result.items() >= {"processed": 2, "failed": 8, "total": 10}.items()
    assert stored() == {"a": {"n": 1}, "d": {"n": 1}}
    assert [(line["n"], line["processed"]) for line in bulk.report()] == [
        (n, n in {1, 11}) for n in (1, *range(3, 12))
    ]
    assert result["failures"][2]["message"] == "fields: put needs fields"


def test_a33_a_name_that_cannot_be_written_is_a_failure_of_its_item(bulk: Bulk) -> None:
    key = write(
        "records/items.jsonl",
        {"id": "a", "fields": {"n": 1}},
        {"id": "half \ud83d"},
        {"id": "x" * 400_000},
        {"id": "b", "fields": {"half \ud83d": 1, "n" * 400: 2}},
        {"id": "c", "half \ud83d" * 40_000: 1},
        {"id": "d", "fields": {"n": 1}},
    )
    result = bulk.run({"operation": "put", "manifest": {"bucket_key": key}, "batch_size": 2})
    assert codes(result) == [
        (n, name, "INVALID_ITEM") for n, name in ((2, None), (3, None), (4, "b"), (5, "c"))
    ]
    assert (result["processed"], result["failed"], result["total"]) == (2, 4, 6)
    assert [line["n"] for line in bulk.report()] == list(range(1, 7))
    assert stored().keys() == {"a", "d"}
    assert len(read("results/acme/r1/report.jsonl")) < 2500


def test_a33_a_batch_that_is_lost_names_only_what_can_be_written(bulk: Bulk) -> None:
    key = write("records/items.jsonl", {"id": "half \ud83d"}, {"id": "x" * 400_000}, {"id": "a"})
    result = bulk.run({"operation": "delete", "manifest": {"bucket_key": key}}, lambda handler, given: None)
    assert codes(result) == [(n, name, "BATCH_FAILED") for n, name in ((1, None), (2, None), (3, "a"))]


def test_a33_the_longest_failures_fit_a_message(bulk: Bulk) -> None:
    key = write("records/items.jsonl", *[{"id": f"{n:06}" + "\U0001f600" * 250} for n in range(40)])
    result = bulk.run({"operation": "put", "manifest": {"bucket_key": key}})
    assert (result["failed"], result["total"]) == (40, 40)
    assert [failure["n"] for failure in result["failures"]] == list(range(1, 11))  # of 3 KB each
    assert len(bulk.report()) == 40


def test_a33_a_record_that_is_too_large_is_a_failure_of_its_item(bulk: Bulk) -> None:
    texts = {f"t{n}": "x" * 100_000 for n in range(3)}
    large, more = (
        {"id": "a", "fields": texts | {"t3": "x" * 110_000}},
        {"id": "b", "fields": {"t": "x" * 200_000}},
    )
    key = write("records/items.jsonl", large, more, {"id": "c", "fields": {"n": 1}})
    with records("acme", {"id": "b"} | texts):
        result = bulk.run({"operation": "update", "manifest": {"bucket_key": key}})
    assert codes(result) == [(1, "a", "TOO_LARGE"), (2, "b", "TOO_LARGE")]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("records/none", "There is no such manifest."),
        ("results/globex/r1/x", "There is no such manifest."),
        ("work/acme/r1/x", "There is no such manifest."),
        ("records/empty", "The manifest has no items."),
        ("records/blank", "The manifest has no items."),
        ("records/csv", "This is no manifest: none of its lines is a JSON object."),
        ("records/one-line", "This is no manifest: it has a line that no record fits."),
    ],
)
def test_a33_what_is_no_manifest(key: str, said: str, bulk: Bulk) -> None:
    for place, body in (
        ("results/globex/r1/x", b'{"id": "theirs"}'),
        ("work/acme/r1/x", b'{"id": "internal"}'),
        ("records/empty", b""),
        ("records/blank", b"\n \n"),
        ("records/csv", b"id,n\na,1\n"),
        ("records/one-line", b"x" * 5_000_000),
    ):
        write(place, body)
    with pytest.raises(PermanentError) as raised:
        bulk.run({"operation": "delete", "manifest": {"bucket_key": key}})
    assert str(raised.value) == said


def test_a33_an_upload_is_the_tenants_own(bulk: Bulk) -> None:
    write(f"uploads/globex/{'a' * 32}", {"id": "theirs"})
    write(f"uploads/acme/{'b' * 32}", {"id": "ours"})
    assert bulk.cut({"operation": "delete", "manifest": {"upload": "b" * 32}})["total"] == 1
    with pytest.raises(PermanentError, match="no such manifest"):
        bulk.cut({"operation": "delete", "manifest": {"upload": "a" * 32}})


def test_a33_too_much_is_refused_at_once(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    key = write("records/items.jsonl", *[{"id": str(n)} for n in range(10)])
    given = {"operation": "delete", "manifest": {"bucket_key": key}, "batch_size": 3}
    for module, limit, most in ((cut, "MOST_ITEMS", 9), (cut, "MOST_BATCHES", 3), (manifests, "LARGEST", 99)):
        with monkeypatch.context() as patched, pytest.raises(PermanentError, match="over"):
            patched.setattr(module, limit, most)
            bulk.cut(given)
    assert bulk.cut(given)["total"] == 10


def test_batches_cover_every_byte_of_the_manifest_once(bulk: Bulk) -> None:
    lines = [b'{"id": "%d"}\n' % n if n % 3 else b"\n" for n in range(50)] + [b'{"id": "last"}']
    body = b"".join(lines)
    batches = cut_lines(iter(lines), 7, len(body), Progress(None))
    assert b"".join(body[batch.start : batch.end] for batch in batches) == body
    assert [batch.first for batch in batches[1:]] == [
        body[: batch.start].count(b"\n") + 1 for batch in batches[1:]
    ]
    assert [batch.count for batch in batches] == [7] * 4 + [6]
    large = [b'{"id": "%d", "x": "%s"}\n' % (n, b"x" * 400_000) for n in range(30)]
    assert max(b.end - b.start for b in cut_lines(large, 100, 1, Progress(None))) <= cut.LARGEST_BATCH


def test_a34_more_failures_than_tolerated_fail_the_job_and_leave_what_succeeded(bulk: Bulk) -> None:
    items = [{"id": str(n), "fields": {"v": 1}} for n in range(10)]
    taken = [{"id": str(n)} for n in range(3)]
    given = payload("put", *items, tolerated_failure_percentage=29.9, **{"if": {"exists": False}})
    with records("acme", *taken), pytest.raises(PermanentError) as raised:
        bulk.run(given)
    assert str(raised.value) == "3 of 10 items failed, more than the tolerated 29.9%."
    assert {name for name, record in stored().items() if record} == {str(n) for n in range(3, 10)}
    assert [line["id"] for line in bulk.report() if line["processed"]] == [str(n) for n in range(3, 10)]
    left = boto3.resource("dynamodb").Table("JobsTable").get_item(Key={"pk": "acme#r1", "sk": "job"})
    assert '"processed": 7, "failed": 3, "total": 10' in str(left["Item"]["left"])


def test_a34_as_many_as_tolerated_are_tolerated(bulk: Bulk) -> None:
    items = [{"id": str(n), "fields": {"v": 1}} for n in range(10)]
    given = payload("put", *items, tolerated_failure_percentage=30, **{"if": {"exists": False}})
    with records("acme", *[{"id": str(n)} for n in range(3)]):
        result = bulk.run(given)
    assert (result["success"], result["failed"]) == (False, 3)
    assert logged("r1")[-1]["success"] is False
    assert row("r1")["success"] is False


def test_a33_a_batch_that_never_ended_has_failed_item_by_item(bulk: Bulk) -> None:
    def lose_the_second(handler: Any, given: Given) -> None:
        if given["input"]["batch"]["index"] != 1:
            handler(given, LambdaContext())

    items = [{"id": f"i{n}", "fields": {"v": 1}} for n in range(10)]
    result = bulk.run(payload("put", *items, batch_size=4), lose_the_second)
    assert result.items() >= {"processed": 6, "failed": 4, "total": 10}.items()
    assert codes(result) == [(n, f"i{n - 1}", "BATCH_FAILED") for n in range(5, 9)]


def test_a33_a_manifest_that_changes_meanwhile_is_not_mixed(bulk: Bulk) -> None:
    key = write("records/items.jsonl", *[{"id": f"i{n}"} for n in range(4)])
    plan = bulk.cut({"operation": "delete", "manifest": {"bucket_key": key}, "batch_size": 2})
    one, two = bulk.batches(plan)
    bulk.applies(bulk.batch(plan, one), LambdaContext())
    write(key, *[{"id": f"x{n}"} for n in range(4)])
    with pytest.raises(PermanentError, match="changed"):
        bulk.applies(bulk.batch(plan, two), LambdaContext())
    result = bulk.summarise(plan)
    assert codes(result) == [(3, None, "BATCH_FAILED"), (4, None, "BATCH_FAILED")]
    assert result["processed"] == 2


def test_a33_the_report_names_every_item_and_the_result_twenty_failures(bulk: Bulk) -> None:
    items = [{"id": f"i{n}", "fields": {"v": 1}} for n in range(50)]
    with records("acme", *[{"id": f"i{n}"} for n in range(0, 50, 2)]):
        result = bulk.run(payload("put", *items, batch_size=7, **{"if": {"exists": False}}))
    assert len(result["failures"]) == 20
    report = bulk.report()
    assert [line["n"] for line in report] == list(range(1, 51))
    assert [line["id"] for line in report] == [item["id"] for item in items]
    assert [line["processed"] for line in report] == [n % 2 == 1 for n in range(50)]
    assert report[1] == {"n": 2, "id": "i1", "processed": True}
    assert report[0].items() >= {"processed": False, "code": "CONDITION_FAILED"}.items()
    assert urlsplit(result["report_url"]).path.endswith("results/acme/r1/report.jsonl")
    assert result["expires_at"] > 0


def test_a42_a_batch_that_runs_out_of_time_goes_on_where_it_was(bulk: Bulk, aws: list[str]) -> None:
    plan = bulk.cut(payload("put", *[{"id": f"i{n}", "fields": {"v": 1}} for n in range(10)]))
    (batch,) = bulk.batches(plan)
    context = LambdaContext(5_000)

    def remaining() -> float:
        context.milliseconds -= 500
        return context.milliseconds

    context.get_remaining_time_in_millis = remaining  # type: ignore[method-assign]
    with pytest.raises(OutOfTime):
        bulk.applies(bulk.batch(plan, batch), context)
    done, begin = len(stored()), len(aws)
    assert 0 < done < 10
    bulk.applies(bulk.batch(plan, batch, retry=1), LambdaContext())
    assert aws[begin:].count("dynamodb:PutItem") == 10 - done
    assert bulk.summarise(plan)["processed"] == 10


def test_a40_a_throttle_is_transient(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    plan = bulk.cut(payload("delete", {"id": "a"}))
    (batch,) = bulk.batches(plan)

    def refuse(**_: Any) -> None:
        from tests.support.table import refusal

        raise refusal("dynamodb", "ProvisionedThroughputExceededException", "DeleteItem")

    assert boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION.events.register("before-call.dynamodb.DeleteItem", refuse)
    with pytest.raises(TransientError):
        bulk.applies(bulk.batch(plan, batch), LambdaContext())


def test_what_a_batch_costs(bulk: Bulk, aws: list[str]) -> None:
    plan = bulk.cut(payload("put", *[{"id": f"i{n}", "fields": {"v": 1}} for n in range(10_000)]))
    first = bulk.batches(plan)[0]
    begin = len(aws)
    bulk.applies(bulk.batch(plan, first), LambdaContext())
    assert Counter(aws[begin:]) == {
        "dynamodb:Query": 1,
        "s3:GetObject": 1,
        "dynamodb:PutItem": 100,  # the items; a percent is not full yet, so there is no frame
        "s3:PutObject": 1,
        "dynamodb:UpdateItem": 1,
    }
