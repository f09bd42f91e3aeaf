"""Queries of moto's tables: the same answers as moto's own, at a cost that does not grow."""

import itertools
import json
import random
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from threading import Thread
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb.service_resource import Table

from streamer.local.engine import dynamodb, partitions
from streamer.local.engine.tables import lock
from tests.support.stack import counted

TENANTS = ("a", "b")
TRIVIAL = 10  # calls of functions, of some thousands


@pytest.fixture
def table() -> Iterator[Table]:
    with counted():
        yield boto3.resource("dynamodb").Table("JobsTable")


def add_job(table: Table, number: int, tenant: str = "a", frames: int = 3, *, running: bool = False) -> None:
    """Write a job as the functions leave it."""
    key = f"{tenant}#job-{number}"
    row: dict[str, Any] = {"pk": key, "sk": "job", "tenant": tenant, "accepted_at": f"{number // 2:010}.000"}
    table.put_item(Item=row | ({"running": "0"} if running else {}))
    for frame in range(1, frames + 1):
        table.put_item(Item={"pk": key, "sk": f"frame#{frame:010}", "frame": "{}", "seq": frame})


def every_page(table: Table, **query: Any) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    start: dict[str, Any] = {}
    while True:
        found = table.query(**query, **start)
        pages.append(found["Items"])
        if "LastEvaluatedKey" not in found or len(pages) > 100:
            return pages
        start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}


def update(table: Table, pk: str, value: str = "", **how: Any) -> None:
    values: Any = {"ExpressionAttributeValues": {":v": value}} if value else {}
    table.update_item(Key={"pk": pk, "sk": "job"}, **how, **values)


def test_pages_are_motos_own(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    for number in range(30):
        add_job(table, number, chance.choice(TENANTS), chance.randrange(4), running=chance.random() < 0.3)
    changes: list[Callable[[str], Any]] = [
        lambda pk: table.delete_item(Key={"pk": pk, "sk": "job"}),
        lambda pk: table.update_item(
            Key={"pk": pk, "sk": "job"},
            UpdateExpression="SET accepted_at = :t",
            ExpressionAttributeValues={":t": "z"},
        ),
        lambda pk: table.update_item(Key={"pk": pk, "sk": "job"}, UpdateExpression="REMOVE running"),
        lambda pk: table.update_item(
            Key={"pk": pk, "sk": "job"},
            UpdateExpression="SET running = :r",
            ExpressionAttributeValues={":r": "0"},
        ),
    ]
    for _ in range(20):
        chance.choice(changes)(f"{chance.choice(TENANTS)}#job-{chance.randrange(30)}")
    queries: list[dict[str, Any]] = [
        {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, "IndexName": index}
        for index, condition, values in (
            ("by-tenant", "tenant = :v", {":v": "a"}),
            ("by-tenant", "tenant = :v AND accepted_at > :t", {":v": "b", ":t": "0000000004.000"}),
            ("running", "running = :v", {":v": "0"}),
            ("running", "running = :v", {":v": "none"}),
        )
    ]
    queries += [
        {"KeyConditionExpression": condition, "ExpressionAttributeValues": {":v": f"a#job-{number}"} | more}
        for number in range(30)
        for condition, more in (
            ("pk = :v", {}),
            ("pk = :v AND sk BETWEEN :a AND :b", {":a": "frame#0000000002", ":b": "frame#0000000003"}),
        )
    ]
    options: list[dict[str, Any]] = [
        {"ScanIndexForward": forward} | ({"Limit": limit} if limit else {})
        for forward, limit in itertools.product((True, False), (None, 1, 2, 7))
    ]
    asked = [query | option for query in queries for option in options]
    ours = [every_page(table, **query) for query in asked]
    monkeypatch.setattr(partitions, "_items_for", lambda table, *_: table.items)
    assert ours == [every_page(table, **query) for query in asked]


def test_a_cancelled_transaction_leaves_the_indexes_as_they_were(table: Table) -> None:
    add_job(table, 1, running=True)
    close: Any = {
        "Update": {
            "TableName": table.name,
            "Key": {"pk": "a#job-1", "sk": "job"},
            "UpdateExpression": "REMOVE running",
        }
    }
    taken: Any = {
        "Put": {
            "TableName": table.name,
            "Item": {"pk": "a#job-1", "sk": "frame#0000000001"},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }
    with pytest.raises(table.meta.client.exceptions.TransactionCanceledException):
        table.meta.client.transact_write_items(TransactItems=[close, taken])
    running: dict[str, Any] = {
        "IndexName": "running",
        "KeyConditionExpression": "running = :v",
        "ExpressionAttributeValues": {":v": "0"},
    }
    assert table.query(**running)["Count"] == 1
    table.meta.client.transact_write_items(TransactItems=[close])
    assert table.query(**running)["Count"] == 0


def calls(work: Callable[[], Any]) -> int:
    """Return how many functions `work` calls: what it costs, whatever else runs."""
    number = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal number
        number += event == "call"

    work()  # what is made once
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number


def test_a71_the_thousandth_job_costs_what_the_first_did(table: Table) -> None:
    numbers = itertools.count(10_000)

    def operations() -> dict[str, int]:
        pk, sk = "a#job-0", "frame#0000000001"
        put: dict[str, Any] = {"Item": {"pk": pk, "sk": sk}, "ReturnValues": "NONE"}
        load: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": pk},
            "ScanIndexForward": False,
            "Limit": 2,
        }
        by_tenant: dict[str, Any] = {
            "IndexName": "by-tenant",
            "KeyConditionExpression": "tenant = :v",
            "ExpressionAttributeValues": {":v": "a"},
            "ScanIndexForward": False,
            "Limit": 1,
        }
        running = by_tenant | {
            "IndexName": "running",
            "KeyConditionExpression": "running = :v",
            "ExpressionAttributeValues": {":v": "0"},
        }
        claim: Any = lambda: table.meta.client.transact_write_items(  # noqa: E731
            TransactItems=[
                {"Put": {"TableName": table.name, "Item": {"pk": f"c#{next(numbers)}", "sk": "job"}}}
            ]
        )
        return {
            "put": calls(lambda: table.put_item(**put)),
            "load": calls(lambda: table.query(**load)),
            "list": calls(lambda: table.query(**by_tenant)),
            "sweep": calls(lambda: table.query(**running)),
            "claim": calls(claim),
        }

    for number in range(3):
        add_job(table, number, running=True)
    first = operations()
    for number in range(3, 1000):
        add_job(table, number, frames=1)
    last = operations()
    assert {name: last[name] - first[name] for name in first if last[name] - first[name] > TRIVIAL} == {}


def answered(target: str, **body: Any) -> Any:

    answer = dynamodb.answer(
        f"DynamoDB_20120810.{target}", json.dumps({"TableName": "JobsTable", **body}).encode()
    )
    assert answer
    return answer[0], json.loads(answer[2])


def test_the_short_way_answers_as_moto_does(table: Table) -> None:
    key: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    item = key | {
        "n": {"N": "1.50"},
        "l": {"L": [{"S": "é"}, {"M": {"q": {"NULL": True}}}]},
        "s": {"SS": ["u"]},
    }
    assert answered("PutItem", Item=item) == (200, {})
    assert table.get_item(Key={"pk": "a", "sk": "b"})["Item"] == {
        "pk": "a",
        "sk": "b",
        "n": Decimal("1.50"),
        "l": ["é", {"q": None}],
        "s": {"u"},
    }
    assert answered("GetItem", Key=key) == (200, {"Item": item})
    assert answered("GetItem", Key=key | {"sk": {"S": "none"}})[1] == {}
    assert answered(
        "Query", KeyConditionExpression="pk = :v", ExpressionAttributeValues={":v": {"S": "a"}}
    ) == (200, {"Items": [item], "Count": 1, "ScannedCount": 1})
    taken = {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    status, error = answered("PutItem", **taken, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert (status, error["__type"].split("#")[1]) == (400, "ConditionalCheckFailedException")
    assert error["Item"] == item
    put = {"Put": {"TableName": "JobsTable", **taken}}
    status, error = answered("TransactWriteItems", TransactItems=[put])
    assert (status, error["__type"].split("#")[1]) == (400, "TransactionCanceledException")
    assert error["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"
    assert answered("PutItem", Item=key | {"sk": {"S": ""}})[0] == 400
    assert answered("GetItem", Key=key, TableName="none")[0] == 400
    table.put_item(Item={"pk": "a", "sk": "binary", "data": b"\x00\xff"})
    assert answered("GetItem", Key=key | {"sk": {"S": "binary"}})[1]["Item"]["data"] == {"B": "AP8="}
    assert not dynamodb.takes("DynamoDB_20120810.PutItem", b'{"Item": {"data": {"B": "AP8="}}}')
    assert not dynamodb.takes("DynamoDB_20120810.Scan", b"{}")


def test_the_short_way_gives_way_to_who_holds_the_tables(table: Table) -> None:
    with lock:
        answers: list[Any] = []
        body = b'{"TableName": "JobsTable", "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}'
        thread = Thread(target=lambda: answers.append(dynamodb.answer("DynamoDB_20120810.GetItem", body)))
        thread.start()
        thread.join()
    assert answers == [None]
