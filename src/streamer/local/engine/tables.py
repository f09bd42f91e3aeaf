"""moto's tables, with DynamoDB's promise that a write is all or nothing, also beside others.

moto 5.2.5 checks a condition and writes in two steps that other threads may come between, and undoes a
cancelled transaction by putting back a deep copy of the whole table, with it whatever others wrote meanwhile;
the copy costs more with every item. Here requests follow one another, an item is never changed but replaced,
and a transaction that is cancelled puts back the items that it met.
"""

import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from threading import RLock
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from streamer.local.engine import partitions

lock = RLock()
"""Whoever holds it has the tables for himself."""

# In a transaction moto has checked each condition before it writes, and would parse and check it again.
_checked: list[bool] = []

Place = tuple[Any, Any, Any]  # a table, and a key in it: the partition's, the sort key or None


@functools.cache
def make_atomic() -> None:
    """Patch moto; once for the process."""
    call_action, update_item = DynamoHandler.call_action, DynamoDBBackend.update_item
    transact, put_item = DynamoDBBackend.transact_write_items, DynamoDBBackend.put_item

    def one_by_one(handler: Any) -> Any:
        with lock:
            return call_action(handler)

    def update_a_copy(backend: Any, table_name: str, key: dict[str, Any], *args: Any, **options: Any) -> Any:
        # moto changes an item in place; who looked at it before must keep what it was.
        if _checked:
            options["condition_expression"] = None
        item = backend.get_item(table_name, key)
        if item is None:
            return update_item(backend, table_name, key, *args, **options)
        table = backend.get_table(table_name)
        _put((table, item.hash_key, item.range_key), copy.deepcopy(item))
        try:
            return update_item(backend, table_name, key, *args, **options)
        except Exception:
            _put((table, item.hash_key, item.range_key), item)
            raise
        finally:
            partitions.touch(table, item.hash_key, item.range_key)

    def put_unless_checked(backend: Any, *args: Any, **options: Any) -> Any:
        if _checked:
            options["condition_expression"] = None
        return put_item(backend, *args, **options)

    def transact_or_undo(backend: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
        before = [(place, _get(place)) for place in _places(backend, transact_items)]
        tables = {id(table): table for (table, _, _), _ in before}.values()
        for table in tables:  # moto makes a copy of each, and puts it back: let it be the table
            table.__deepcopy__ = lambda _, table=table: table
        _checked.append(True)
        try:
            transact(backend, transact_items)  # type: ignore[arg-type]
        except Exception:
            for place, item in before:
                _put(place, item)
                partitions.touch(*place)
            raise
        finally:
            _checked.clear()
            for table in tables:
                del table.__deepcopy__

    setattr(DynamoHandler, "call_action", one_by_one)  # noqa: B010 - mypy refuses to assign a method
    setattr(DynamoDBBackend, "update_item", update_a_copy)  # noqa: B010
    setattr(DynamoDBBackend, "put_item", put_unless_checked)  # noqa: B010
    setattr(DynamoDBBackend, "transact_write_items", transact_or_undo)  # noqa: B010
    partitions.patch()


def _places(backend: Any, transact_items: Sequence[Mapping[str, Any]]) -> Iterator[Place]:
    """Yield where the operations of a transaction write, as far as they can."""
    for operation in (next(iter(item.values())) for item in transact_items if item):
        table = backend.tables.get(operation.get("TableName"))
        key = operation.get("Key") or operation.get("Item") or {}
        if isinstance(table, Table) and table.hash_key_attr in key:
            sort = table.range_key_attr
            if sort is None or sort in key:
                yield table, DynamoType(key[table.hash_key_attr]), DynamoType(key[sort]) if sort else None


def _get(place: Place) -> Any:
    table, partition, sort = place
    items = table.items.get(partition)
    return items if sort is None or items is None else items.get(sort)


def _put(place: Place, item: Any) -> None:
    """Put an item where it was, or nothing."""
    table, partition, sort = place
    items, key = (table.items, partition) if sort is None else (table.items[partition], sort)
    if item is None:
        items.pop(key, None)
    else:
        items[key] = item
