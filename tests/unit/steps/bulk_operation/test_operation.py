"""The payload of bulk_operation: what is refused, and where the fault is said to be."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from actions import actions
from router.requests import faults
from steps.bulk_operation.operation import BulkOperation

PAYLOAD = TypeAdapter(BulkOperation)
ITEM = {"id": "a", "fields": {"n": 1}}


def paths(payload: Any) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        PAYLOAD.validate_python(payload)
    return [fault["path"] for fault in faults(raised.value, "payload")]


def put(*items: Any, **more: Any) -> dict[str, Any]:
    return {"operation": "put", "items": list(items)} | more


def test_the_example_is_valid() -> None:
    action = actions.get("bulk_operation")
    assert action
    assert action.runs_as_job(PAYLOAD.validate_python(put(ITEM)), threshold=5)
    for example in action.payload.json_schema()["examples"]:
        assert PAYLOAD.validate_python(example).items


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({}, "$.payload.operation"),
        ({"operation": "drop", "items": [ITEM]}, "$.payload.operation"),
        ({"operation": "put"}, "$.payload"),
        (put(ITEM, manifest={"bucket_key": "records/a"}), "$.payload"),
        (put(), "$.payload.items"),
        (put(*[{"id": str(n), "fields": {"n": 1}} for n in range(10_001)]), "$.payload.items"),
        (put(ITEM, batch_size=101), "$.payload.batch_size"),
        (put(ITEM, tolerated_failure_percentage=101), "$.payload.tolerated_failure_percentage"),
        (put(ITEM, tolerated_failure_percentage=float("nan")), "$.payload.tolerated_failure_percentage"),
        (put({"fields": {"n": 1}}), "$.payload.items[0].id"),
        (put({"id": "", "fields": {"n": 1}}), "$.payload.items[0].id"),
        (put({"id": "x" * 257, "fields": {"n": 1}}), "$.payload.items[0].id"),
        (put(ITEM, {"id": "b"}), "$.payload.items[1].fields"),
        (put(ITEM, {"id": "b", "fields": {"n": 1}, "tags": ["x"]}), "$.payload.items[1].tags"),
        (put(ITEM, ITEM), "$.payload.items[1].id"),
        (put({"id": "a", "fields": {"tenant": "globex"}}), "$.payload.items[0].fields.tenant.[key]"),
        (put({"id": "a", "fields": {"last_write": "me"}}), "$.payload.items[0].fields.last_write.[key]"),
        (put({"id": "a", "fields": {"n": float("inf")}}), "$.payload.items[0].fields"),
        (put({"id": "a", "fields": {"n": 1e300}}), "$.payload.items[0].fields"),
        (put({"id": "a", "fields": {"n": 1e-300}}), "$.payload.items[0].fields"),
        (put({"id": "a", "fields": {"n": 10**38}}), "$.payload.items[0].fields"),
        (put({"id": "a", "fields": {"n": {"": 1}}}), "$.payload.items[0].fields"),
        (put({"id": "a", "fields": {"n": "\ud800"}}), "$.payload.items[0].fields"),
        ({"operation": "delete", "items": [ITEM]}, "$.payload.items[0].fields"),
        ({"operation": "tag", "items": [{"id": "a", "tags": []}]}, "$.payload.items[0].tags"),
        (put(ITEM, **{"if": {}}), "$.payload.if"),
        (put(ITEM, **{"if": {"exists": False, "equals": {"n": 1}}}), "$.payload.if"),
        (put(ITEM, **{"if": {"equals": {"id": "a"}}}), "$.payload.if.equals.id.[key]"),
        ({"operation": "put", "manifest": {"upload": "../globex/x"}}, "$.payload.manifest.upload"),
        (
            {"operation": "put", "manifest": {"bucket_key": "records/../work/x"}},
            "$.payload.manifest.bucket_key",
        ),
        ({"operation": "put", "manifest": {}}, "$.payload.manifest"),
    ],
)
def test_what_is_refused(payload: Any, path: str) -> None:
    assert path in paths(payload)


def test_a_deep_field_is_refused_without_a_crash() -> None:
    nested: Any = 1
    for _ in range(500):
        nested = [nested]
    assert paths(put({"id": "a", "fields": {"n": nested}})) == ["$.payload.items[0].fields"]


def test_every_faulty_item_is_named() -> None:
    assert paths(put({"id": "a"}, {"id": "b"}, ITEM)) == [
        "$.payload.items[0].fields",
        "$.payload.items[1].fields",
        "$.payload.items[2].id",
    ]


def test_what_travels_is_what_came() -> None:
    payload = put({"id": "a", "fields": {"n": 1, "t": True, "x": None}}, **{"if": {"equals": {"n": 1.5}}})
    travelling = PAYLOAD.dump_python(PAYLOAD.validate_python(payload), mode="json")
    assert PAYLOAD.validate_python(travelling) == PAYLOAD.validate_python(payload)
    assert travelling["items"][0]["fields"] == {"n": 1, "t": True, "x": None}
    assert travelling["if"]["equals"] == {"n": 1.5}
