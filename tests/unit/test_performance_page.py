"""docs/performance.md is what its figures make it, and nobody's hand."""

import json
from typing import Any

from benchmarks.growth import COUNTS, GROWN
from benchmarks.growth_picture import picture
from benchmarks.performance_page import WHY, page
from tests.support.stack import ROOT


def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/performance.json").read_text())
    return found


def test_the_page_is_made_of_its_figures() -> None:
    assert page(kept()) == (ROOT / "docs/performance.md").read_text()
    for part in kept().values():
        assert part["command"] in page(kept())


def test_what_a_job_costs_is_flat_or_its_growth_is_explained() -> None:
    rows = kept()["growth"]["rows"]
    grows = {name: [row for row in rows if row["grows"] == name] for name in GROWN}
    for name, points in grows.items():
        assert [point["value"] for point in points] == list(GROWN[name])
        flat = all(
            max(point[each] for point in points) <= 1.05 * min(point[each] for point in points)
            for each in COUNTS
        )
        assert WHY[name].startswith("flat:") is flat, name


def test_the_picture_of_growth_is_made_of_the_same_figures() -> None:
    rows = kept()["growth"]["rows"]
    drawn = (ROOT / "docs/images/growth.svg").read_text()
    assert picture(rows) == drawn
    assert [name for name in GROWN if f">{name}</text>" not in drawn] == []


def test_a_part_that_was_never_measured_is_left_out() -> None:
    assert "Cold starts" not in page({name: part for name, part in kept().items() if name != "cold"})
