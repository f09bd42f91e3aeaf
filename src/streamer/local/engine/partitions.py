"""Queries of moto's tables that cost what they return, however much else there is.

moto 5.2.5 goes through all items of a table, sorted, for every query, also of an index: whatever was done
before makes every later query slower. Here it is shown a table of one partition only, and of an index what
can be in the answer.
"""

import copy
import functools
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

Key = tuple[Any, Any]  # the partition's, the sort key or None
Partition = tuple[str, tuple[Any, ...]]  # of an index: its name, the values of its hash keys
Entry = tuple[tuple[Any, ...], Any]  # what it is sorted by, the item

_sort_key = itemgetter(0)


@functools.cache
def patch() -> None:
    """Patch moto; once for the process."""
    # As Any, so that methods can be replaced.
    table_class: Any = Table
    query, put, delete = table_class.query, table_class.put_item, table_class.delete_item

    def query_the_partition(table: Any, hash_key: Any, *args: Any, **options: Any) -> Any:
        names = ("range_comparison", "range_objs", "limit", "exclusive_start_key", "scan_index_forward")
        given = dict(zip((*names, "projection_expressions", "index_name"), args, strict=False)) | options
        view = copy.copy(table)
        view.items = _items_for(table, hash_key, given)
        return query(view, hash_key, *args, **options)

    def put_and_touch(table: Any, *args: Any, **options: Any) -> Any:
        item = put(table, *args, **options)
        touch(table, item.hash_key, item.range_key)
        return item

    def delete_and_touch(table: Any, hash_key: Any, range_key: Any) -> Any:
        touch(table, hash_key, range_key)
        return delete(table, hash_key, range_key)

    table_class.query, table_class.put_item, table_class.delete_item = (
        query_the_partition,
        put_and_touch,
        delete_and_touch,
    )


def touch(table: Any, hash_key: Any, range_key: Any) -> None:
    """Say that an item has changed, come or gone; the indexes look at it when they are asked next."""
    _indexes(table).touched.add((hash_key, range_key))


class _Indexes:
    """The entries of a table's indexes, sorted."""

    def __init__(self) -> None:
        self.touched: set[Key] = set()
        self.entries: defaultdict[Partition, list[Entry]] = defaultdict(list)
        self._places: defaultdict[Key, list[tuple[Partition, tuple[Any, ...]]]] = defaultdict(list)

    def refresh(self, table: Any) -> None:
        """Look at what was touched."""
        for key in self.touched:
            for partition, sort in self._places.pop(key, ()):
                entries = self.entries[partition]
                del entries[bisect_left(entries, sort, key=_sort_key)]
            item: Any = table.get_item(*key) if key[0] in table.items else None
            for index in table.all_indexes() if item else ():
                hashes, sorts = _attributes(table, index)
                if all(name in item.attrs for name in (*hashes, *sorts)):
                    partition = index.name, tuple(item.attrs[name] for name in hashes)
                    sort = tuple(item.attrs[name].cast_value for name in sorts)
                    entries = self.entries[partition]
                    entries.insert(bisect_left(entries, sort, key=_sort_key), (sort, item))
                    self._places[key].append((partition, sort))
        self.touched.clear()


def _indexes(table: Any) -> _Indexes:
    if "streamer_indexes" not in vars(table):
        table.streamer_indexes = made = _Indexes()
        made.touched = {(item.hash_key, item.range_key) for item in table.all_items()}
    found: _Indexes = table.streamer_indexes
    return found


def _attributes(table: Any, index: Any) -> tuple[list[str], list[str]]:
    """Return an index's hash keys, and what its entries are sorted by: as moto sorts them."""
    hashes = [key["AttributeName"] for key in index.schema if key["KeyType"] == "HASH"]
    sorts = [key["AttributeName"] for key in index.schema if key["KeyType"] == "RANGE"]
    own = [table.range_key_attr] if table.range_key_attr else []
    return hashes, [*(sorts or own), table.hash_key_attr, *own]


def _items_for(table: Any, hash_key: Any, given: dict[str, Any]) -> Any:
    """Return the items, as a table holds them, among which a query's answer is."""
    name, conditions = given.get("index_name"), dict(given.get("hash_key_conditions") or ())
    index = next((index for index in table.all_indexes() if index.name == name), None)
    if name is None:
        return _table_of(table, _window(_sorted(table.items.get(hash_key)), [table.range_key_attr], given))
    if index is None or not conditions:
        return table.items  # moto has an error for it
    hashes, sorts = _attributes(table, index)
    if set(hashes) != set(conditions):
        return table.items
    indexes = _indexes(table)
    indexes.refresh(table)
    entries = indexes.entries.get((name, tuple(conditions[attribute] for attribute in hashes)), [])
    return _table_of(table, _window(entries, sorts, given))


def _sorted(items: Any) -> list[Entry]:
    """Return a partition's entries; of a table without sort keys it is one item."""
    if not isinstance(items, dict):
        return [((), items)] if items else []
    return sorted((((item.range_key.cast_value,), item) for item in items.values()), key=_sort_key)


def _window(entries: Sequence[Entry], sorts: Sequence[Any], given: dict[str, Any]) -> Iterable[Any]:
    """Yield the items from where the page begins to one after its end, as far as that can be known."""
    start, forward = given.get("exclusive_start_key"), given.get("scan_index_forward") is not False
    first, last = 0, len(entries)
    if start is not None and all(name in start for name in sorts):
        key = tuple(DynamoType(start[name]).cast_value for name in sorts)
        bisect: Callable[..., int] = bisect_right if forward else bisect_left
        at = bisect(entries, key, key=_sort_key)
        first, last = (at, last) if forward else (first, at)
    limit = given.get("limit")
    if limit and not given.get("range_comparison") and not _filters(given):
        first, last = (
            (first, min(last, first + limit + 1)) if forward else (max(first, last - limit - 1), last)
        )
    return (item for _, item in entries[first:last])


def _filters(given: dict[str, Any]) -> bool:
    """Whether the query has filters of the old kind, by attribute."""
    return any(isinstance(value, dict) and "ComparisonOperator" in value for value in given.values())


def _table_of(table: Any, items: Iterable[Any]) -> Any:
    held: defaultdict[Any, Any] = defaultdict(dict)
    for item in items:
        if table.range_key_attr:
            held[item.hash_key][item.range_key] = item
        else:
            held[item.hash_key] = item
    return held
