"""How many items a Map has, where only a run would know."""

from collections.abc import Iterator, Mapping
from typing import Any

DEFAULT = 100


class ItemCount:
    """Answers for every Map of a machine, and remembers what it assumed.

    In this order: what `--items` says; a list in the definition; the longest list in the payload, cut into
    batches where the payload has a `batch_size`; 100. An ItemReader's MaxItems bounds it. With an ItemBatcher
    its batches count, since each is an execution.
    """

    def __init__(self, given: int | None, payload: Any) -> None:
        self._given = given
        self._lists = max((len(each) for each in _lists(payload)), default=None)
        size = payload.get("batch_size") if isinstance(payload, dict) else None
        self._batch = size if isinstance(size, int) and size > 0 else None
        self._assumed: dict[str, str] = {}

    @property
    def assumptions(self) -> list[str]:
        """What was assumed, a sentence a Map."""
        return list(self._assumed.values())

    def __call__(self, name: str, state: Mapping[str, Any]) -> int:
        """Return how often the Map `name` runs what is in it."""
        count, why = self._items(state)
        most = state.get("ItemReader", {}).get("ReaderConfig", {}).get("MaxItems")
        if isinstance(most, int) and 0 < most < count:
            count, why = most, "its MaxItems"
        batch = state.get("ItemBatcher", {}).get("MaxItemsPerBatch")
        if isinstance(batch, int) and batch > 0:
            count, why = -(-count // batch), f"{why}, in batches of {batch}"
        self._assumed[name] = f"{name!r} has {count:,} items: {why}."
        return count

    def _items(self, state: Mapping[str, Any]) -> tuple[int, str]:
        literal = state.get("Items")
        if self._given is not None:
            return self._given, "--items"
        if isinstance(literal, list):
            return len(literal), "its Items"
        if self._lists is not None and self._batch:
            why = f"the longest list of the payload, in its batches of {self._batch} (--items)"
            return -(-self._lists // self._batch), why
        if self._lists is not None:
            return self._lists, "the longest list of the payload (--items)"
        return DEFAULT, "nothing tells how many (--items)"


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inside:
        yield from _lists(each)
