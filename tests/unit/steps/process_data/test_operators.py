"""Every operator on rows, as SQL, and the passes that they are run in."""

from typing import Any

import pytest

from progress import PermanentError
from progress.reporter import Progress
from sql.database import database
from steps.process_data.handovers import Processed, Rows
from steps.process_data.passes import cut, pass_rows
from steps.process_data.pipeline import Step

VALUES = "('AA', 15.0, 1), ('BB', NULL, 2), ('AA', -2, 3), ('CC', 30.5, 4)"
ROWS = f"SELECT * FROM (VALUES {VALUES}) t(carrier, delay, n)"


def run(*given: dict[str, Any], rows: str = ROWS) -> tuple[list[str], list[tuple[Any, ...]], Processed]:
    """Return the names and rows that come out of steps, and what was counted."""
    steps = [Step.model_validate(step) for step in given]
    with database(Progress(None)) as engine:
        table = engine.write(f"({rows})")
        processed = Processed(rows=Rows(key="", columns={}, count=table.count), counts=[table.count])
        for numbers in cut(steps):
            table = pass_rows(engine, steps, numbers, table.name, processed, lambda _: None)
        return list(table.columns), engine.run(f"FROM {table.name}"), processed


def test_filter_keeps_what_is_true_and_nothing_else() -> None:
    assert [row[2] for row in run({"filter": "delay > 0"})[1]] == [1, 4]
    assert [row[2] for row in run({"filter": "not (delay > 0)"})[1]] == [3]


def test_select_orders_columns() -> None:
    assert run({"select": ["n", "carrier"]})[:2] == (
        ["n", "carrier"],
        [(1, "AA"), (2, "BB"), (3, "AA"), (4, "CC")],
    )


def test_rename_may_swap() -> None:
    assert run({"rename": {"carrier": "n", "n": "carrier"}})[0] == ["n", "delay", "carrier"]
    with pytest.raises(PermanentError, match=r"Step 1 \(rename\) makes two columns of one name"):
        run({"rename": {"carrier": "Delay"}})


def test_derive_sees_what_was_derived_before_and_keeps_places() -> None:
    names, rows, _ = run({"derive": {"twice": "delay * 2", "Delay": "twice + 1"}})
    assert [name.lower() for name in names] == ["carrier", "delay", "n", "twice"]
    assert [(row[1], row[3]) for row in rows] == [(31, 30), (None, None), (-3, -4), (62, 61)]


def test_two_hundred_expressions_on_top_of_each_other() -> None:
    steps = [
        {"derive": {f"c{step}_{at}": "n + 1" if step + at == 0 else "n + 2" for at in range(10)}}
        for step in range(20)
    ]
    assert len(run(*steps)[0]) == 203


def test_classify_takes_the_first_rule_that_holds_and_counts_against_the_right_label() -> None:
    rules = [{"when": "delay > 20", "label": "CC"}, {"when": "delay > 0", "label": "AA"}]
    spec = {"column": "guess", "rules": rules, "otherwise": "it's BB", "against": "carrier"}
    names, rows, processed = run({"classify": spec}, {"filter": "false"})
    assert names[-1] == "guess"
    assert sorted(processed.labels) == [
        ("AA", "AA", 1),
        ("AA", "it's BB", 1),
        ("BB", "it's BB", 1),
        ("CC", "CC", 1),
    ]
    assert processed.counts == [4, 4, 0]
    assert rows == []


def test_rows_without_a_right_label_are_not_judged() -> None:
    spec = {"column": "x", "rules": [{"when": "true", "label": "l"}], "otherwise": "o", "against": "delay"}
    assert sum(count for *_, count in run({"classify": spec})[2].labels) == 3


def test_aggregate_keeps_the_order_in_which_groups_came() -> None:
    measures = {
        "rows": "count()",
        "known": "count(delay)",
        "sum": "sum(n)",
        "mean": "avg(delay)",
        "most": "max(delay)",
    }
    names, rows, _ = run(
        {"sort": [{"by": "n", "descending": True}]}, {"aggregate": {"by": ["carrier"], "measures": measures}}
    )
    assert names == ["carrier", *measures]
    assert rows == [("CC", 1, 1, 4, 30.5, 30.5), ("AA", 2, 2, 4, 6.5, 15), ("BB", 1, 0, 2, None, None)]
    assert run({"aggregate": {"measures": measures}})[1] == [(4, 3, 10, 14.5, 30.5)]
    assert run({"filter": "false"}, {"aggregate": {"measures": measures}})[1] == [(0, 0, None, None, None)]
    assert run({"filter": "false"}, {"aggregate": {"by": ["carrier"], "measures": measures}})[1] == []


def test_whole_numbers_are_exact_beyond_64_bits() -> None:
    huge = "SELECT range::VARCHAR AS k, 9223372036854775807 AS v FROM range(3)"
    assert run({"aggregate": {"measures": {"s": "sum(v)"}}}, {"derive": {"t": "s + 1"}}, rows=huge)[1] == [
        (3 * 9223372036854775807, 3 * 9223372036854775807 + 1)
    ]


def test_sort_is_stable_and_nulls_come_last() -> None:
    by_delay = {"sort": [{"by": "delay", "descending": True}]}
    assert [row[2] for row in run(by_delay)[1]] == [4, 1, 3, 2]
    assert [row[2] for row in run({"sort": [{"by": "delay"}]})[1]] == [3, 1, 4, 2]
    assert [row[2] for row in run(by_delay, {"sort": [{"by": "carrier"}]})[1]] == [1, 3, 2, 4]


def test_sql_is_one_query_over_the_rows_before_it() -> None:
    place = "rank() OVER (ORDER BY n DESC) AS place"
    text = f"WITH late AS (FROM rows WHERE delay > 0) SELECT carrier, {place} FROM late"
    names, rows, processed = run({"filter": "n > 0"}, {"sql": text}, {"sort": [{"by": "place"}]})
    assert (names, rows) == (["carrier", "place"], [("CC", 1), ("AA", 2)])
    assert processed.counts == [4, 4, 2, 2]
    with pytest.raises(PermanentError, match=r'Step 1 \(sql\) cannot be computed: .*"colour"'):
        run({"sql": "SELECT colour FROM rows"})


@pytest.mark.parametrize(
    "step",
    [
        {"filter": "a > 1"},
        {"select": ["carrier", "a"]},
        {"rename": {"a": "b"}},
        {"derive": {"x": "lower(a)"}},
        {"derive": {"new": "new + 1"}},
        {"classify": {"column": "x", "rules": [{"when": "a > 1", "label": "l"}], "otherwise": "o"}},
        {"aggregate": {"by": ["a"], "measures": {"n": "count()"}}},
        {"aggregate": {"by": [], "measures": {"n": "sum(a)"}}},
        {"sort": [{"by": "a"}]},
    ],
)
def test_an_unknown_column_is_told_with_the_step(step: dict[str, Any]) -> None:
    with pytest.raises(PermanentError) as caught:
        run({"filter": "true"}, step)
    assert str(caught.value).startswith(f"Step 2 ({next(iter(step))}) ")
    assert '"a"' in str(caught.value) or '"new"' in str(caught.value)


def test_a_value_that_cannot_be_computed_is_told_with_its_steps() -> None:
    with pytest.raises(
        PermanentError, match=r"Steps 1 to 2 cannot be computed: Could not convert string 'AA' to INT32"
    ):
        run({"filter": "true"}, {"filter": "cast(carrier as int) > 15"})
    with pytest.raises(PermanentError, match=r"Step 1 \(filter\) cannot be computed: Cannot compare values"):
        run({"filter": "carrier > 15"})


def test_the_pipeline_is_cut_behind_what_needs_all_rows() -> None:
    steps: list[dict[str, Any]] = [
        {"filter": "true"},
        {"aggregate": {"by": ["carrier"], "measures": {"n": "count()"}}},
        {"sort": [{"by": "n"}]},
        {"select": ["n"]},
        {"sample": {"rows": 2}},
        {"sample": {"fraction": 0.5}},
    ]
    found = cut([Step.model_validate(step) for step in steps])
    assert [list(numbers) for numbers in found] == [[0, 1], [2], [3, 4], [5]]
    assert cut([Step.model_validate(steps[0])]) == [range(1)]
