"""Every operator on rows, and the plan that they are run by."""

from typing import Any

import pytest

from progress import PermanentError
from steps.process_data.pipeline import Step
from steps.process_data.plan import Rowwise, plan
from steps.process_data.site import Column

CSV = [Column("carrier", True), Column("delay", True)]
ROWS = [["AA", "15"], ["BB", ""], ["AA", "-2"], ["CC", "30.50"]]


def run(
    *steps: dict[str, Any], rows: list[list[Any]] | None = None, columns: list[Column] = CSV, part: int = 0
) -> Any:
    """Return the names and rows that come out of row-wise steps."""
    (segment,) = plan([Step.model_validate(step) for step in steps], columns)
    operators = Rowwise(segment, part)
    found = operators.run([list(row) for row in (rows or ROWS)])
    return [column.name for column in segment.columns], found, operators.tally


def test_filter_keeps_what_is_true_and_nothing_else() -> None:
    assert run({"filter": "delay > 0"})[1] == [["AA", "15"], ["CC", "30.50"]]
    assert run({"filter": "not (delay > 0)"})[1] == [["AA", "-2"]]
    assert run({"filter": "delay"})[1] == []


def test_select_orders_columns() -> None:
    assert run({"select": ["delay", "carrier"]})[:2] == (["delay", "carrier"], [[b, a] for a, b in ROWS])
    assert run({"select": ["delay"]})[1] == [["15"], [""], ["-2"], ["30.50"]]


def test_rename_may_swap() -> None:
    names, rows, _ = run({"rename": {"carrier": "delay", "delay": "carrier"}})
    assert (names, rows) == (["delay", "carrier"], ROWS)
    with pytest.raises(PermanentError, match='makes two columns "delay"'):
        run({"rename": {"carrier": "delay"}})


def test_derive_sees_what_was_derived_before() -> None:
    names, rows, _ = run({"derive": {"twice": "delay * 2", "delay": "twice + 1"}})
    assert names == ["carrier", "delay", "twice"]
    assert rows == [["AA", 31, 30], ["BB", None, None], ["AA", -3, -4], ["CC", 62.0, 61.0]]


def test_a_derived_column_does_not_see_itself() -> None:
    with pytest.raises(PermanentError, match='"new", which is not there'):
        run({"derive": {"new": "new + 1"}})


def test_classify_takes_the_first_rule_that_holds_and_counts_against_the_right_label() -> None:
    rules = [{"when": "delay > 20", "label": "CC"}, {"when": "delay > 0", "label": "AA"}]
    spec = {"column": "guess", "rules": rules, "otherwise": "BB", "against": "carrier"}
    names, rows, tally = run({"classify": spec})
    assert names[-1] == "guess"
    assert [row[-1] for row in rows] == ["AA", "BB", "BB", "CC"]
    assert tally.labels == {("AA", "AA"): 1, ("BB", "BB"): 1, ("AA", "BB"): 1, ("CC", "CC"): 1}


def test_rows_without_a_right_label_are_not_judged() -> None:
    spec = {
        "column": "carrier",
        "rules": [{"when": "true", "label": "x"}],
        "otherwise": "y",
        "against": "delay",
    }
    _, rows, tally = run({"classify": spec})
    assert [row[0] for row in rows] == ["x"] * 4
    assert tally.labels.total() == 3


def test_a_fraction_is_drawn_by_its_seed_and_part() -> None:
    many = [[str(number), ""] for number in range(10_000)]
    one = run({"sample": {"fraction": 0.1, "seed": 1}}, rows=many)[1]
    assert one == run({"sample": {"fraction": 0.1, "seed": 1}}, rows=many)[1]
    assert one != run({"sample": {"fraction": 0.1, "seed": 2}}, rows=many)[1]
    assert one != run({"sample": {"fraction": 0.1, "seed": 1}}, rows=many, part=1)[1]
    assert 900 < len(one) < 1100


def test_rows_are_counted_behind_each_step() -> None:
    tally = run({"filter": "delay != null"}, {"filter": "carrier == 'AA'"})[2]
    assert tally.rows == {0: 3, 1: 2}


def test_a_text_that_grows_names_its_step() -> None:
    grown = "concat(" + ", ".join(["carrier"] * 90) + ")"
    with pytest.raises(PermanentError, match=r"Step 2 \(derive\) makes a text over 2,000 characters"):
        run({"derive": {"carrier": grown}}, {"derive": {"carrier": grown}})


@pytest.mark.parametrize(
    "step",
    [
        {"filter": "a.b > 1"[0] + " > 1"},
        {"select": ["carrier", "a"]},
        {"rename": {"a": "b"}},
        {"derive": {"x": "lower(col('a'))"}},
        {"classify": {"column": "x", "rules": [{"when": "a", "label": "l"}], "otherwise": "o"}},
        {
            "classify": {
                "column": "x",
                "rules": [{"when": "true", "label": "l"}],
                "otherwise": "o",
                "against": "a",
            }
        },
        {"aggregate": {"by": ["a"], "measures": {"n": "count()"}}},
        {"aggregate": {"by": [], "measures": {"n": "sum(a)"}}},
        {"sort": [{"by": "a"}]},
    ],
)
def test_an_unknown_column_is_told_with_the_step_and_what_there_is(step: dict[str, Any]) -> None:
    steps = [Step.model_validate({"filter": "true"}), Step.model_validate(step)]
    with pytest.raises(PermanentError) as caught:
        plan(steps, CSV)
    assert str(caught.value).startswith(f"Step 2 ({next(iter(step))}) names the column")
    assert str(caught.value).endswith('"a", which is not there. There are: carrier, delay.')


def test_the_plan_is_cut_where_all_rows_are_needed() -> None:
    steps: list[dict[str, Any]] = [
        {"filter": "true"},
        {"aggregate": {"by": ["carrier"], "measures": {"n": "count()"}}},
        {"sort": [{"by": "n"}]},
        {"select": ["n"]},
        {"sample": {"rows": 2}},
        {"sample": {"fraction": 0.5}},
    ]
    segments = plan([Step.model_validate(step) for step in steps], CSV)
    assert [segment.barrier and segment.barrier.number for segment in segments] == [1, 2, 4, None]
    assert [[site.number for site in segment.sites] for segment in segments] == [[0], [], [3], [5]]
    assert list(segments[-1].columns) == [Column("n", raw=False)]
