"""The order of rows."""

from typing import Any

import pytest

from steps.process_data.pipeline import Step
from steps.process_data.site import Column, Site
from steps.process_data.sorting import sort_key


def ordered(rows: list[list[Any]], *keys: dict[str, Any], raw: bool = False) -> list[list[Any]]:
    site = Site(0, Step.model_validate({"sort": list(keys)}), [Column("a", raw), Column("b", raw)])
    return sorted(rows, key=sort_key(site))


MIXED: list[Any] = [None, "b", 10, True, [2], 2.5, "a", False, {"k": 1}, -(10**30)]


@pytest.mark.parametrize(
    ("descending", "wanted"),
    [
        (False, [-(10**30), 2.5, 10, "a", "b", False, True, [2], {"k": 1}, None]),
        (True, [10, 2.5, -(10**30), "b", "a", True, False, {"k": 1}, [2], None]),
    ],
)
def test_every_kind_has_its_place(descending: bool, wanted: list[Any]) -> None:
    found = ordered([[value, 0] for value in MIXED], {"by": "a", "descending": descending})
    assert [row[0] for row in found] == wanted


def test_cells_sort_as_what_they_are() -> None:
    cells = [["9", ""], ["10", ""], ["NA", ""], ["", ""], ["1.5", ""]]
    assert [row[0] for row in ordered(cells, {"by": "a"}, raw=True)] == ["1.5", "9", "10", "NA", ""]


def test_several_keys_and_stability() -> None:
    rows = [["x", 1, "first"], ["y", 2, ""], ["x", 2, ""], ["x", 1, "second"], ["y", 1, ""]]
    found = ordered(rows, {"by": "a", "descending": True}, {"by": "b"})
    assert found == [["y", 1, ""], ["y", 2, ""], ["x", 1, "first"], ["x", 1, "second"], ["x", 2, ""]]
