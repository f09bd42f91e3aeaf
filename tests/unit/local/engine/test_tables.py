"""Transactions and conditions on moto, as DynamoDB has them."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError
from mypy_boto3_dynamodb.service_resource import Table

from tests.support.stack import counted

ROW = {"pk": "a#1", "sk": "job"}
IMPOSSIBLE = "attribute_not_exists(pk)"


@pytest.fixture
def table() -> Iterator[Table]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads come between each other's steps as often as can be
    with counted():
        yield boto3.resource("dynamodb").Table("JobsTable")
    sys.setswitchinterval(interval)


def test_a_cancelled_transaction_undoes_its_updates_and_puts(table: Table) -> None:
    table.put_item(Item={**ROW, "count": 1})
    with pytest.raises(ClientError):
        table.meta.client.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": table.name,
                        "Key": ROW,
                        "UpdateExpression": "ADD #count :one",
                        "ExpressionAttributeNames": {"#count": "count"},
                        "ExpressionAttributeValues": {":one": 1},
                    }
                },
                {"Put": {"TableName": table.name, "Item": {"pk": "a#1", "sk": "new"}}},
                {
                    "Delete": {
                        "TableName": table.name,
                        "Key": {"pk": "x", "sk": "x"},
                        "ConditionExpression": "attribute_exists(pk)",
                    }
                },
            ]
        )
    assert table.scan()["Items"] == [{**ROW, "count": 1}]


def test_one_of_many_conditional_puts_wins(table: Table) -> None:
    def put(number: int) -> bool:
        try:
            table.put_item(Item={**ROW, "number": number}, ConditionExpression=IMPOSSIBLE)
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(put, range(64)))
    assert won.count(True) == 1
    assert table.scan()["Items"] == [{**ROW, "number": won.index(True)}]


def test_a_cancelled_transaction_undoes_nothing_of_others(table: Table) -> None:
    table.put_item(Item=ROW)

    def fail(_: int) -> None:
        put = {"TableName": table.name, "Item": ROW, "ConditionExpression": IMPOSSIBLE}
        with pytest.raises(ClientError):
            table.meta.client.transact_write_items(TransactItems=[{"Put": put}])  # type: ignore[typeddict-item]

    with ThreadPoolExecutor(16) as pool:
        failing = pool.map(fail, range(40))
        writing = pool.map(lambda n: table.put_item(Item={"pk": f"b#{n}", "sk": "job"}), range(40))
        list(failing)
        list(writing)
    assert len(table.scan()["Items"]) == 41
