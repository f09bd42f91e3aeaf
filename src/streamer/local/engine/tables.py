"""moto's tables, with DynamoDB's promise that a write is all or nothing, also beside others.

moto checks a condition and writes in two steps that other threads may come between, and undoes a cancelled
transaction by putting back a deep copy of the whole table, with it whatever others wrote meanwhile; the copy
costs more with every item. Here requests follow one another, and a copy shares the items.
"""

import copy
import functools
from threading import RLock
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler


@functools.cache
def make_atomic() -> None:
    """Patch moto; once for the process."""
    lock = RLock()
    call_action, update_item = DynamoHandler.call_action, DynamoDBBackend.update_item

    def one_by_one(handler: Any) -> Any:
        with lock:
            return call_action(handler)

    def update_a_copy(backend: Any, table_name: str, key: dict[str, Any], *args: Any, **options: Any) -> Any:
        # moto changes an item in place; a copied table must keep what it was.
        item = backend.get_item(table_name, key)
        if item is not None:
            _put(backend.get_table(table_name), copy.deepcopy(item))
        return update_item(backend, table_name, key, *args, **options)

    setattr(DynamoHandler, "call_action", one_by_one)  # noqa: B010 - mypy refuses to assign a method
    setattr(DynamoDBBackend, "update_item", update_a_copy)  # noqa: B010
    setattr(Table, "__deepcopy__", _copy)  # noqa: B010


def _put(table: Any, item: Any) -> None:
    if item.range_key is None:
        table.items[item.hash_key] = item
    else:
        table.items[item.hash_key][item.range_key] = item


def _copy(table: Any, memo: dict[int, Any]) -> Any:
    """Return a table with a structure of its own and the same items."""
    made = copy.copy(table)
    made.items = copy.copy(table.items)
    if table.range_key_attr is not None:
        for hash_key, items in table.items.items():
            made.items[hash_key] = dict(items)
    memo[id(table)] = made
    return made
