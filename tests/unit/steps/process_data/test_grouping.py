"""Groups, added in one go or merged from parts."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress import PermanentError
from steps.process_data import grouping
from steps.process_data.grouping import Groups
from steps.process_data.pipeline import Step
from steps.process_data.site import Column, Site

ALL = {
    "rows": "count()",
    "values": "count(v)",
    "sum": "sum(v)",
    "mean": "mean(v)",
    "least": "min(v)",
    "greatest": "max(v)",
    "twice": "sum(v * 2)",
}


def groups(by: list[str], measures: dict[str, str], *, raw: bool) -> Groups:
    step = Step.model_validate({"aggregate": {"by": by, "measures": measures}})
    return Groups(Site(0, step, [Column("k", raw), Column("v", raw)]))


def grouped(rows: list[list[Any]], by: list[str] | None = None, *, raw: bool = False) -> list[list[Any]]:
    found = groups(["k"] if by is None else by, ALL, raw=raw)
    found.add(rows)
    return list(found.rows())


def test_measures_of_cells() -> None:
    rows = [["a", "1"], ["b", ""], ["a", "NA"], ["a", "2.5"], ["b", "x"]]
    assert grouped(rows, raw=True) == [
        ["a", 3, 3, 3.5, 1.75, 1, 2.5, 7.0],
        ["b", 2, 1, None, None, "x", "x", None],
    ]


def test_without_by_all_rows_are_one_group_and_no_rows_are_one_too() -> None:
    assert grouped([[1, 1], [2, 2]], []) == [[2, 2, 3, 1.5, 1, 2, 6]]
    assert grouped([], []) == [[0, 0, None, None, None, None, None]]
    assert grouped([]) == []


def test_true_is_not_1_and_lists_have_groups() -> None:
    keys: list[Any] = [1, True, 1.0, "1", None, [1], [1], {"a": 1}]
    assert [row[:2] for row in grouped([[key, 0] for key in keys])] == [
        [1, 2],
        [True, 1],
        ["1", 1],
        [None, 1],
        [[1], 2],
        [{"a": 1}, 1],
    ]


def test_whole_numbers_are_exact_and_what_is_beyond_all_floats_is_null() -> None:
    assert grouped([["a", 2**60], ["a", 1]])[0][3] == 2**60 + 1
    assert grouped([["a", 1.7e308], ["a", 1.7e308]])[0][3:5] == [None, None]
    assert grouped([["a", 2**1023], ["a", 2**1023], ["a", 0.5]])[0][3] is None


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("ab", max_size=2)
    | st.floats(-9, 9).map(lambda f: round(f, 1))
)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), VALUES), max_size=30), st.integers(0, 30), st.integers(0, 30)
)
def test_merged_parts_are_the_whole(rows: list[tuple[str, Any]], one: int, other: int) -> None:
    merged = groups(["k"], ALL, raw=False)
    cuts = sorted([one, other])
    for part in (rows[: cuts[0]], rows[cuts[0] : cuts[1]], rows[cuts[1] :]):
        partial = groups(["k"], ALL, raw=False)
        partial.add(map(list, part))
        merged.merge([list(slots) for slots in partial.groups()])
    found = {row[0]: row[1:] for row in merged.rows()}
    assert list(found) == list(dict.fromkeys(key for key, _ in rows))
    for key, measures in found.items():
        values = [value for each, value in rows if each == key]
        numbers = [value for value in values if type(value) in (int, float)]
        assert measures[0] == len(values)
        assert measures[1] == len([value for value in values if value is not None])
        if not numbers:
            texts = [value for value in values if isinstance(value, str)]
            assert measures[2:4] == [None, None]
            assert measures[4:6] == [min(texts, default=None), max(texts, default=None)]
            continue
        assert math.isclose(measures[2], sum(numbers), abs_tol=1e-6)
        assert math.isclose(measures[3], sum(numbers) / len(numbers), abs_tol=1e-6)
        assert measures[4:6] == [min(numbers), max(numbers)]


def test_too_many_groups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "LARGEST_GROUPS", 1_000_000)
    with pytest.raises(PermanentError, match=r"Step 1 \(aggregate\) makes too many groups"):
        grouped([[number, 0] for number in range(10_000)])
    with pytest.raises(PermanentError, match="too many groups"):
        grouped([["a", f"{number:06}" + "x" * 10_000] for number in range(200)])
