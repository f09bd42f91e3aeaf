"""A DynamoDB table in memory: fast, and honest about the forms that functions/ use; it raises on others.

Schedules of faults run by the thousand against it; the same schedules run on moto too, to compare.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal

import boto3
from boto3.dynamodb.types import TypeSerializer

Item = dict[str, Any]
Service = Literal["dynamodb", "s3", "stepfunctions", "apigatewaymanagementapi"]
INDEXES = {"running": ("running", "accepted_at"), "by-tenant": ("tenant", "accepted_at")}

_OPERAND = r"[#\w]+"


@cache
def exceptions(service: Service) -> Any:
    """Return a real client's exception classes."""
    return boto3.session.Session(region_name="us-east-1").client(service).exceptions


def refusal(service: Service, code: str, operation: str, status: int = 400, **more: Any) -> Exception:
    """Return the error that a service's client raises."""
    response = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error: Exception = exceptions(service).from_code(code)(response | more, operation)
    return error


class Table:
    """Items by key, `("pk", "sk")` or a part of it alone."""

    def __init__(self, name: str, key: tuple[str, ...]) -> None:
        self.name, self._key = name, key
        self.partitions: dict[str, dict[str, Item]] = {}
        client = SimpleNamespace(transact_write_items=self._transact, exceptions=exceptions("dynamodb"))
        self.meta = SimpleNamespace(client=client)

    def get_item(self, *, Key: Item, ConsistentRead: bool = False) -> Item:  # noqa: N803 - boto3's
        found = self._find(Key)
        return {"Item": _copy(found)} if found else {}

    def put_item(self, *, Item: Item, ReturnValues: str = "NONE", **condition: Any) -> Item:  # noqa: N803 - boto3's
        old = self._find(Item)
        self._check("PutItem", old, condition)
        self._store(Item)
        return {"Attributes": _copy(old)} if old and ReturnValues == "ALL_OLD" else {}

    def delete_item(self, *, Key: Item) -> Item:  # noqa: N803 - boto3's
        self.partitions.get(str(Key[self._key[0]]), {}).pop(self._sort(Key), None)
        return {}

    def update_item(
        self,
        *,
        Key: Item,  # noqa: N803 - boto3's
        UpdateExpression: str,  # noqa: N803 - boto3's
        ReturnValues: str = "NONE",  # noqa: N803 - boto3's
        **condition: Any,
    ) -> Item:
        old = self._find(Key)
        self._check("UpdateItem", old, condition)
        item = _updated(_copy(old or Key), UpdateExpression, condition)
        self._store(item)
        if ReturnValues not in {"NONE", "ALL_NEW"}:
            raise NotImplementedError(ReturnValues)
        return {"Attributes": _copy(item)} if ReturnValues == "ALL_NEW" else {}

    def query(
        self,
        *,
        KeyConditionExpression: str,  # noqa: N803 - boto3's
        ExpressionAttributeValues: Item,  # noqa: N803 - boto3's
        IndexName: str | None = None,  # noqa: N803 - boto3's
        ScanIndexForward: bool = True,  # noqa: N803 - boto3's
        ConsistentRead: bool = False,  # noqa: N803 - boto3's
        Limit: int | None = None,  # noqa: N803 - boto3's
    ) -> Item:
        if IndexName:
            partition, sort = INDEXES[IndexName]
            items = [item for item in self._all() if partition in item and sort in item]
        else:
            sort = self._key[1]
            items = list(self.partitions.get(ExpressionAttributeValues[":pk"], {}).values())
        given = {"ExpressionAttributeValues": ExpressionAttributeValues}
        found = [item for item in items if _holds(KeyConditionExpression, item, given)]
        found.sort(key=lambda item: str(item[sort]), reverse=not ScanIndexForward)
        return {"Items": [_copy(item) for item in found[:Limit]]}

    def _transact(self, *, TransactItems: list[Item]) -> None:  # noqa: N803 - boto3's
        operations = [next(iter(each.items())) for each in TransactItems]
        keys = [self._id(given.get("Item") or given["Key"]) for _, given in operations]
        if len(set(keys)) < len(keys):
            raise refusal("dynamodb", "ValidationException", "TransactWriteItems")
        reasons: list[Item] = []
        for kind, given in operations:
            old = self._find(given.get("Item") or given["Key"])
            holds = _condition_holds(old, given)
            reasons.append(
                {"Code": "None"} if holds else {"Code": "ConditionalCheckFailed"} | _old(old, given)
            )
            if kind not in {"Put", "Update"}:
                raise NotImplementedError(kind)
        if any(reason["Code"] != "None" for reason in reasons):
            code = "TransactionCanceledException"
            raise refusal("dynamodb", code, "TransactWriteItems", CancellationReasons=reasons)
        for kind, given in operations:
            if kind == "Put":
                self._store(given["Item"])
            else:
                old = self._find(given["Key"])
                self._store(_updated(_copy(old or given["Key"]), given["UpdateExpression"], given))

    def _check(self, operation: str, old: Item | None, given: Item) -> None:
        if not _condition_holds(old, given):
            code = "ConditionalCheckFailedException"
            raise refusal("dynamodb", code, operation, **_old(old, given))

    def _id(self, item: Item) -> tuple[str, str]:
        return str(item[self._key[0]]), self._sort(item)

    def _sort(self, item: Item) -> str:
        return str(item[self._key[1]]) if len(self._key) > 1 else ""

    def _find(self, key: Item) -> Item | None:
        partition, sort = self._id(key)
        return self.partitions.get(partition, {}).get(sort)

    def _store(self, item: Item) -> None:
        partition, sort = self._id(item)
        self.partitions.setdefault(partition, {})[sort] = {k: _stored(v) for k, v in item.items()}

    def _all(self) -> Iterator[Item]:
        for partition in self.partitions.values():
            yield from partition.values()


def _stored(value: Any) -> Any:
    """Return a value as DynamoDB gives it back. Raises TypeError for what it refuses."""
    if isinstance(value, str | Decimal | bool):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, list):
        return [_stored(each) for each in value]
    if isinstance(value, set) and value and all(isinstance(each, str) for each in value):
        return set(value)
    raise TypeError(f"unsupported: {value!r}")


def _copy(item: Item) -> Item:
    return {name: value.copy() if isinstance(value, list | set) else value for name, value in item.items()}


def _old(old: Item | None, given: Item) -> Item:
    wanted = given.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    if not (wanted and old):
        return {}
    return {"Item": {name: TypeSerializer().serialize(value) for name, value in old.items()}}


def _condition_holds(item: Item | None, given: Item) -> bool:
    expression = given.get("ConditionExpression")
    return expression is None or _holds(expression, item or {}, given)


def _holds(expression: str, item: Item, given: Item) -> bool:
    """Evaluate AND, OR, brackets and the comparisons below; raise on any other form."""
    expression = re.sub(r"BETWEEN (\S+) AND (\S+)", r"BETWEEN \1,\2", expression)
    if expression.startswith("(") and expression.endswith(")"):
        expression = expression[1:-1]
    joints: tuple[tuple[str, Callable[[list[bool]], bool]], ...] = ((" AND ", all), (" OR ", any))
    for joint, combine in joints:
        # Brackets only ever stand around the right-hand side.
        left, found, right = expression.partition(joint)
        if found:
            if joint == " AND " and " OR " in left:
                raise NotImplementedError(expression)
            return combine([_holds(left, item, given), _holds(right, item, given)])
    names, values = given.get("ExpressionAttributeNames", {}), given.get("ExpressionAttributeValues", {})
    if match := re.fullmatch(rf"attribute_(not_)?exists\(({_OPERAND})\)", expression):
        return (names.get(match[2], match[2]) in item) is not bool(match[1])
    if match := re.fullmatch(rf"begins_with\(({_OPERAND}), (:\w+)\)", expression):
        return str(item[match[1]]).startswith(values[match[2]])
    if match := re.fullmatch(rf"({_OPERAND}) BETWEEN (:\w+),(:\w+)", expression):
        return bool(values[match[2]] <= item[match[1]] <= values[match[3]])
    if match := re.fullmatch(rf"size\(({_OPERAND})\) < (:\w+)", expression):
        return match[1] in item and len(item[match[1]]) < values[match[2]]
    if match := re.fullmatch(rf"({_OPERAND}) (=|<) (:\w+)", expression):
        value = item.get(names.get(match[1], match[1]))
        if value is None:
            return False
        return bool(value == values[match[3]] if match[2] == "=" else value < values[match[3]])
    raise NotImplementedError(expression)


def _updated(item: Item, expression: str, given: Item) -> Item:
    """Apply SET, REMOVE, ADD and DELETE; raise on any other form."""
    names, values = given.get("ExpressionAttributeNames", {}), given.get("ExpressionAttributeValues", {})
    clauses = re.split(r"\s*\b(SET|REMOVE|ADD|DELETE)\b\s*", expression)[1:]
    for verb, clause in zip(clauses[::2], clauses[1::2], strict=True):
        for part in clause.split(", "):
            match = re.fullmatch(rf"({_OPERAND})(?: = | )?(:\w+)?", part)
            if not match or (verb == "REMOVE") is bool(match[2]) or ("=" in part) is not (verb == "SET"):
                raise NotImplementedError(expression)
            name = names.get(match[1], match[1])
            value = values[match[2]] if match[2] else None
            if verb == "SET":
                item[name] = value
            elif verb == "REMOVE":
                item.pop(name, None)
            elif verb == "ADD":
                item[name] = (
                    item.get(name, set()) | value if isinstance(value, set) else item.get(name, 0) + value
                )
            elif rest := item.get(name, set()) - value:
                item[name] = rest
            else:
                item.pop(name, None)
    return item
