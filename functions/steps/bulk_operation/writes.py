"""One item, as one write to the table of records that can be repeated.

A worker may die after a write and before it has said so; then the item is written again:

- `put` and `update` write the same again, and so does `tag`, which adds to a set.
- With a condition, the first write may have made it false: `put` if there is no record, `update` of the
  very field that must be equal. Every write leaves its mark, `last_write`, and a record that bears this
  item's own passes.
- A deleted record bears no mark: one that is not there is deleted, whatever the condition.

Where another job writes to the record between the two, the second finds that one's mark: an item with
a condition can then count as failed although it had been applied.
"""

import json
import os
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from jobs.clients import table_named
from steps.bulk_operation.operation import Condition, Item, Operation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Refused(Exception):  # noqa: N818 - what happened to the item
    """The item cannot be applied, now or later: `code` and words for the client."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@cache
def records_table() -> "Table":
    """Return the table of records. A tenant that writes faster than its partition takes is slowed down."""
    return table_named(os.environ["RECORDS_TABLE"], attempts=9, mode="adaptive")


def write(tenant: str, operation: Operation, item: Item, condition: Condition | None, mark: str) -> None:
    """Apply the item to the tenant's record. `mark` is the item's own, in all jobs.

    Raises:
        Refused: CONDITION_FAILED, or TOO_LARGE for a record.
        ClientError: DynamoDB's other refusals.
    """
    table, key, terms = records_table(), {"tenant": tenant, "id": item.id}, Terms()
    given: dict[str, Any] = {}
    if condition is not None:
        given["ConditionExpression"] = terms.condition(condition, operation, mark)
    try:
        if operation == "delete":
            table.delete_item(Key=key, **given, **terms.given)
        elif operation == "put":
            record = {**key, **_numbers(item.fields or {}), "last_write": mark}
            table.put_item(Item=record, **given, **terms.given)
        else:
            expression = terms.update(item, mark)
            table.update_item(Key=key, UpdateExpression=expression, **given, **terms.given)
    except ClientError as error:
        raise _refusal(error) from error


def _refusal(error: ClientError) -> Exception:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "ConditionalCheckFailedException":
        return Refused("CONDITION_FAILED", "The record is not as the condition wants it.")
    if code == "ValidationException" and "size" in message.lower():
        return Refused("TOO_LARGE", "The record would be over the 400 KB that one can be.")
    return error


class Terms:
    """Names and values behind placeholders: nothing that a client writes becomes part of an expression."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    @property
    def given(self) -> dict[str, Any]:
        """What the call needs beside its expressions; DynamoDB refuses empty ones."""
        names = {placeholder: name for name, placeholder in self._names.items()}
        given = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": self._values}
        return {name: value for name, value in given.items() if value}

    def condition(self, condition: Condition, operation: Operation, mark: str) -> str:
        """Return the condition, or that this item's own write was the record's last."""
        parts = [self._equals(field, value) for field, value in condition.equals.items()]
        if condition.exists is not None:
            parts.append(f"attribute{'' if condition.exists else '_not'}_exists({self._name('id')})")
        wanted = " AND ".join(parts)
        if operation == "delete":
            return f"({wanted}) OR attribute_not_exists({self._name('id')})"
        return f"({wanted}) OR {self._name('last_write')} = {self._value(mark)}"

    def update(self, item: Item, mark: str) -> str:
        """Return the update that sets the item's fields or adds its tags, and leaves the mark."""
        changes = {**_numbers(item.fields or {}), "last_write": mark}
        expression = "SET " + ", ".join(f"{self._name(n)} = {self._value(v)}" for n, v in changes.items())
        if item.tags:
            expression += f" ADD {self._name('tags')} {self._value(set(item.tags))}"
        return expression

    def _equals(self, field: str, value: Any) -> str:
        if value is None:  # moto finds a field that is not there equal to it
            return f"attribute_type({self._name(field)}, {self._value('NULL')})"
        return f"{self._name(field)} = {self._value(value)}"

    def _name(self, name: str) -> str:
        return self._names.setdefault(name, f"#n{len(self._names)}")

    def _value(self, value: Any) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = _numbers(value)
        return placeholder


def _numbers(value: Any) -> Any:
    """Return the same with the numbers as boto3 takes them."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict | list):
        return json.loads(json.dumps(value, default=str), parse_float=Decimal)
    return value
