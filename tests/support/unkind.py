"""What DynamoDB does to requests that meet on an item, and to readers who did not ask for the newest.

A transaction is cancelled where another, or a write, is at one of its items; a write to an item of a
transaction that is under way is refused. Reads that ask for no more, and indexes, come from a copy that lags
behind.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.support.table import Item, Table, refusal

READ_SECONDS, WRITE_SECONDS, TRANSACTION_SECONDS = 0.003, 0.004, 0.010
LAG_SECONDS = 1.0
KEYS = {"JobsTable": ("pk", "sk"), "ConnectionsTable": ("connection_id",), "RecordsTable": ("tenant", "id")}


class Replica:
    """A copy of a table, as it was a while ago."""

    def __init__(self, name: str) -> None:
        self._copy = Table(name, KEYS[name])
        self._writes: deque[tuple[float, str, Item]] = deque()

    def note(self, now: float, operation: str, given: Item) -> None:
        """Remember a write that the table has taken."""
        self._writes.append((now, operation, given))

    def at(self, moment: float) -> Table:
        """Return the copy as of then; once it has caught up with a write, it never goes back."""
        while self._writes and self._writes[0][0] <= moment:
            _, operation, given = self._writes.popleft()
            if operation == "transact_write_items":
                self._copy.meta.client.transact_write_items(**given)
            else:
                getattr(self._copy, operation)(**given)
        return self._copy


class UnkindTable:
    """A table, ours or moto's. `pause(seconds)` is what passes while a request is under way."""

    def __init__(
        self,
        table: Any,
        pause: Callable[[float], None],
        now: Callable[[], float],
        lag: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._table, self._pause, self._now, self._lag = table, pause, now, lag
        self.name = table.name
        self._replica = Replica(table.name)
        self._lock = threading.RLock()
        self._writing: Counter[tuple[str, ...]] = Counter()
        self._transacting: set[tuple[str, ...]] = set()
        self.conflicts = 0
        client = table.meta.client
        self.meta = SimpleNamespace(
            client=SimpleNamespace(
                transact_write_items=self.transact_write_items, exceptions=client.exceptions
            )
        )

    def put_item(self, **given: Any) -> Any:
        return self._write("put_item", self._key(given["Item"]), given)

    def update_item(self, **given: Any) -> Any:
        return self._write("update_item", self._key(given["Key"]), given)

    def delete_item(self, **given: Any) -> Any:
        return self._write("delete_item", self._key(given["Key"]), given)

    def get_item(self, **given: Any) -> Any:
        return self._read("get_item", given)

    def query(self, **given: Any) -> Any:
        return self._read("query", given)

    def transact_write_items(self, *, TransactItems: list[Item]) -> Any:  # noqa: N803 - boto3's
        each = [next(iter(item.values())) for item in TransactItems]
        keys = [self._key(given.get("Item") or given["Key"]) for given in each]
        with self._lock:
            busy = [key in self._transacting or self._writing[key] > 0 for key in keys]
            if any(busy):
                self.conflicts += 1
                reasons = [{"Code": "TransactionConflict" if met else "None"} for met in busy]
                code = "TransactionCanceledException"
                raise refusal("dynamodb", code, "TransactWriteItems", CancellationReasons=reasons)
            self._transacting.update(keys)
        try:
            self._pause(TRANSACTION_SECONDS)
            with self._lock:
                self._table.meta.client.transact_write_items(TransactItems=TransactItems)
                self._replica.note(self._now(), "transact_write_items", {"TransactItems": TransactItems})
        finally:
            with self._lock:
                self._transacting.difference_update(keys)

    def _write(self, operation: str, key: tuple[str, ...], given: Item) -> Any:
        with self._lock:
            if key in self._transacting:
                self.conflicts += 1
                raise refusal("dynamodb", "TransactionConflictException", operation)
            self._writing[key] += 1
        try:
            self._pause(WRITE_SECONDS)
            with self._lock:
                answer = getattr(self._table, operation)(**given)
                self._replica.note(self._now(), operation, given)
                return answer
        finally:
            with self._lock:
                self._writing[key] -= 1

    def _read(self, operation: str, given: Item) -> Any:
        self._pause(READ_SECONDS)
        with self._lock:
            table: Any = self._table
            if not given.get("ConsistentRead") and (lag := self._lag()):
                table = self._replica.at(self._now() - lag)
            return getattr(table, operation)(**given)

    def _key(self, item: Item) -> tuple[str, ...]:
        return tuple(str(item[name]) for name in KEYS[self.name])
