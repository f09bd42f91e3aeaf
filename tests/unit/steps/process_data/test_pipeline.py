"""The payload: what the router takes, and what it refuses before there is a job."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from protocol import Request
from router.requests import Rejected, check
from steps.process_data.pipeline import ProcessRequest

KIND = TypeAdapter[Any](ProcessRequest)
EXAMPLE: dict[str, Any] = ProcessRequest.model_json_schema()["examples"][0]


def faults(payload: dict[str, Any]) -> list[str]:
    with pytest.raises(Rejected) as caught:
        check(KIND, Request(action="process_data", id="r", payload=payload))
    return [f"{fault['path']}: {fault['message']}" for fault in caught.value.details]


def test_the_example_is_valid() -> None:
    check(KIND, Request(action="process_data", id="r", payload=EXAMPLE))


def test_a32_a_bad_expression_is_told_with_its_path_and_place() -> None:
    pipeline = [
        {"filter": "a + getenv('HOME')"},
        {"derive": {"x": "1 +"}},
        {"aggregate": {"by": ["a"], "measures": {"m": "x"}}},
    ]
    rules = [{"when": "(select 1)", "label": "l"}]
    more = [{"classify": {"column": "c", "rules": rules, "otherwise": "o"}}, {"sql": "SELECT * FROM other"}]
    found = faults(EXAMPLE | {"pipeline": [*pipeline, *more]})
    assert [each.removeprefix("$.payload.pipeline") for each in found] == [
        "[0].filter: has no function getenv() here at character 5",
        "[1].derive.x: cannot be read as SQL at character 3 of line 1",
        "[2].aggregate.measures.m: must aggregate: count(), sum(…), avg(…), min(…) or max(…), say",
        "[3].classify.rules[0].when: has what is not allowed here (Subquery) at character 9",
        "[4].sql: reads what is not there: there are rows at character 15",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source": {}}, "give either bucket_key or upload"),
        ({"source": {"bucket_key": "records/a", "upload": "0" * 32}}, "give either bucket_key or upload"),
        ({"source": {"bucket_key": "records/../work/x"}}, "must not have empty parts"),
        ({"source": {"bucket_key": "/etc"}}, "must not have empty parts"),
        ({"source": {"bucket_key": "records/" + "x" * 1024}}, "at most 1024"),
        ({"source": {"upload": "../globex/x"}}, "pattern"),
        ({"format": "xml"}, "'csv', 'jsonl' or 'parquet'"),
        ({"output": {"format": "pdf"}}, "'csv', 'jsonl' or 'parquet'"),
        ({"output": {"format": "jsonl", "safe_cells": True}}, "safe_cells is for csv"),
        ({"pipeline": []}, "at least 1"),
        ({"pipeline": [{"filter": "true"}] * 21}, "at most 20"),
        ({"pipeline": [{}]}, "must have one key of: filter, select"),
        ({"pipeline": [{"filter": "true", "select": ["a"]}]}, "must have one key of"),
        ({"pipeline": [{"drop": ["a"]}]}, "Extra inputs"),
        ({"pipeline": [{"select": []}]}, "at least 1"),
        ({"pipeline": [{"select": ["a", "A"]}]}, "twice"),
        ({"pipeline": [{"select": ["a" * 129]}]}, "at most 128"),
        ({"pipeline": [{"select": [f"c{n}" for n in range(101)]}]}, "at most 100"),
        ({"pipeline": [{"sample": {}}]}, "give either rows or fraction"),
        ({"pipeline": [{"sample": {"rows": 1, "fraction": 0.5}}]}, "give either rows or fraction"),
        ({"pipeline": [{"sample": {"rows": 100_001}}]}, "less than or equal to 100000"),
        ({"pipeline": [{"sample": {"fraction": 1.0}}]}, "less than 1"),
        (
            {"pipeline": [{"aggregate": {"by": ["a"], "measures": {"a": "count()"}}}]},
            "must not name a column twice",
        ),
        ({"pipeline": [{"aggregate": {"by": ["a"], "measures": {}}}]}, "at least 1"),
        ({"pipeline": [{"derive": {f"c{n}": "1" for n in range(100)}}] * 3}, "over 200 expressions"),
        (
            {
                "pipeline": [
                    {
                        "classify": {
                            "column": "c",
                            "rules": [{"when": "true", "label": "l"}],
                            "otherwise": "o",
                            "against": "a",
                        }
                    }
                ]
                * 2
            },
            "only one classify",
        ),
        (
            {
                "pipeline": [
                    {
                        "classify": {
                            "column": "c",
                            "rules": [{"when": "true", "label": "l"}],
                            "otherwise": "o",
                            "against": "C",
                        }
                    }
                ]
            },
            "column and against must be two columns",
        ),
        ({"more": 1}, "Extra inputs"),
    ],
)
def test_what_the_router_refuses(change: dict[str, Any], fault: str) -> None:
    assert any(fault in found for found in faults(EXAMPLE | change)), faults(EXAMPLE | change)
