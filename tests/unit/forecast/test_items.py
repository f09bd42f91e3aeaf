"""How many items a Map is said to have."""

from typing import Any

import pytest

from streamer.forecast.items import ItemCount


@pytest.mark.parametrize(
    ("given", "payload", "state", "count", "why"),
    [
        (None, {}, {}, 100, "nothing tells"),
        (7, {"items": [1]}, {"Items": [1, 2]}, 7, "--items"),
        (None, {"items": [1]}, {"Items": [1, 2]}, 2, "its Items"),
        (None, {"a": [1], "b": {"c": [1, 2, [1, 2, 3]]}}, {}, 3, "longest list"),
        (None, {"items": [0] * 201, "batch_size": 100}, {}, 3, "in its batches of 100"),
        (None, {"items": [0] * 2, "batch_size": 0}, {}, 2, "longest list"),
        (None, [], {}, 0, "longest list"),
        (500, {}, {"ItemReader": {"ReaderConfig": {"MaxItems": 50}}}, 50, "MaxItems"),
        (5, {}, {"ItemReader": {"ReaderConfig": {"MaxItems": 50}}}, 5, "--items"),
        (1001, {}, {"ItemBatcher": {"MaxItemsPerBatch": 100}}, 11, "in batches of 100"),
    ],
)
def test_items(given: int | None, payload: Any, state: dict[str, Any], count: int, why: str) -> None:
    items = ItemCount(given, payload)
    assert items("Each", state) == count
    assert items("Each", state) == count
    (said,) = items.assumptions
    assert f"'Each' has {count:,} items" in said
    assert why in said
