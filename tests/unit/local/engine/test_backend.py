"""JSONata inside the engine."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.jsonata.jsonata import JSONataException

from streamer.local.engine.backend import declare_variables, evaluate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 1", 2),
        ("[1, 2][0]", 1),
        ('{"a": null, "b": [1]}', {"a": None, "b": [1]}),
        ("$nothing", None),
        ("$exists($nothing)", False),
        ("$map([1, 2], function($v) { $v * 2 })", [2, 4]),
    ],
)
def test_evaluate(expression: str, value: Any) -> None:
    result = evaluate(expression)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("expression", ["1 +", '1 + "a"', "function($v) { $v }"])
def test_failures_are_the_engines(expression: str) -> None:
    with pytest.raises(JSONataException):
        evaluate(expression)


@pytest.mark.parametrize(
    "value", ['a "quote"', "back\\slash", "line\nbreak", "é€😀", "{% $x %}", {"a": ["'"]}]
)
def test_variables_survive(value: Any) -> None:
    assert evaluate(f"({declare_variables({'$v': value})}$v)") == value


def test_threads_do_not_mix() -> None:
    def run(n: int) -> Any:
        return evaluate(f"({declare_variables({'$n': n})}$sum($map([1..20], function($v) {{ $v * $n }})))")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(200))) == [n * 210 for n in range(200)]
