"""What pages may order, and who."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from streamer.console.serving.orders import Orders


def kill(given: Mapping[str, Any]) -> list[str]:
    return [given["id"]]


def obeyed(orders: Orders, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(orders.obey(text))
    return answer


def test_an_order_is_obeyed_with_the_pages_token() -> None:
    orders = Orders({"kill": kill})
    given = {"token": orders.token, "order": "kill", "id": "r-1"}
    assert obeyed(orders, json.dumps(given)) == {"done": ["r-1"]}
    for token in ("", "é", orders.token[:-1], Orders({}).token, None):
        assert "error" in obeyed(orders, json.dumps(given | {"token": token}))


@pytest.mark.parametrize(
    "wrong",
    ["", "[]", "null", "{}", "[" * 4096, '{"token": 1}', '"TOKEN"', '{"token": "\\ud800", "order": "kill"}'],
)
def test_what_is_no_order_is_told(wrong: str) -> None:
    assert "error" in obeyed(Orders({"kill": kill}), wrong)


def test_an_order_that_nobody_knows_or_that_lacks_something_is_told() -> None:
    orders = Orders({"kill": kill})
    for given in ({"order": "drop"}, {"order": "kill"}, {"order": ["kill"]}):
        assert "error" in obeyed(orders, json.dumps({"token": orders.token, **given}))
