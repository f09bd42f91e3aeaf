"""JSONata inside the engine: as if every value stood in the expression's text, and nothing kept."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jsonata.jsonata import Jsonata
from moto.stepfunctions.parser.asl.jsonata.jsonata import JSONataException

from streamer.local.engine.expressions import declare_variables, evaluate
from tests.support.stack import ROOT


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


PAYLOAD: dict[str, Any] = {
    "a": {"b": 1},
    "list": [1, 2, 3],
    "one": [1],
    "nested": [[1], [2, 3]],
    "nil": None,
    "numbers": {"big": 2**53 + 1, "huge": 1e20, "whole": 1.0, "part": 0.1, "tiny": 1e-7, "below": -2.5},
    "text": 'q"\\\n{% $x %} é€😀',
    "empty": [],
    "nothing": {},
    "objects": [{"k": 1, "list": [1]}, {"k": 2, "list": [2, 3]}],
    "mixed": [1, "a", None, {"b": []}],
    "nils": [None, [None], {"n": None}],
    "parts": [{"a": 1}],
    "total": 2,
}
STATES = {
    "input": PAYLOAD,
    "context": {
        "Execution": {"Input": {"payload": PAYLOAD, "metadata": {}}, "Id": "i", "Name": "n"},
        "State": {"Name": "s", "RetryCount": 0},
        "Map": {"Item": {"Index": 0, "Value": PAYLOAD}},
        "Task": {"Token": "t"},
    },
    "result": {"Payload": PAYLOAD},
    "errorOutput": {"Error": "E", "Cause": "{}"},
}
VARIABLES = {"$states": STATES, "$failure": {"Error": "x", "Cause": [None]}, "$said": 'q"\\', "$n": None}
CORPUS = """
    $states.input.a[0] | $states.input.list[0] | $states.input.one | $states.input.nested | $states.input.nil
    [$states.input.nil] | $exists($states.input.nil) | $type($states.input.nil) | $states.input.list.($*2)
    $count($states.input.nested) | $states.input.one[] | $map($states.input.list, function($v) { $v + 1 })
    $states.input.numbers | $string($states.input) | $keys($states.input) | $merge([$states.input, {"z": 1}])
    $states.input.empty | $exists($states.input.empty) | $states.input.nothing | $states.input.objects.k
    $states.input.objects[k=2] | $states.input.objects.list | $states.input.objects.list[0]
    $append($states.input.one, 2) | $states.input.mixed | $filter($states.input.list, function($v) { $v > 1 })
    $reverse($states.input.nested) | [$states.input.one, $states.input.list] | $states.input.list^(>$)
    $lookup($states.input, "a") | $boolean($states.input.nil) | $states.input.nil = null | $failure.Cause
    $missing | $states.input.missing | $exists($n) | $n | [$n] | $said & "x" | $spread($states.input)
    $zip($states.input.list, $states.input.one) | $count($states.input.nils) | $states.input.nils[0]
    $string($states.input.nils) | {"a": $states.input.nested, "b": $states.input.one}
    $sum($states.input.text) | ($states := 1; $states) | $states.input.text
"""


def _expressions() -> list[str]:
    texts = [path.read_text() for path in sorted((ROOT / "statemachines").glob("*.asl.json"))]
    written = [json.loads(f'"{match}"') for text in texts for match in re.findall(r'"{% (.*?) %}"', text)]
    return sorted(
        {*written, *(part.strip() for line in CORPUS.split("\n") for part in line.split(" | "))} - {""}
    )


def _told(work: Any) -> str:
    try:
        return repr(work())
    except Exception:
        return "an error"


@pytest.mark.parametrize("expression", _expressions())
def test_values_that_are_bound_are_as_if_written_down(expression: str) -> None:
    written = "".join(f"{name}:={json.dumps(value)};" for name, value in VARIABLES.items())
    wanted = _told(lambda: json.loads(json.dumps(Jsonata(f"({written}{expression})").evaluate(None))))
    for _ in range(2):  # the second time it has been parsed before
        declared = declare_variables(VARIABLES)
        assert _told(lambda: evaluate(f"({declared}{expression})")) == wanted  # noqa: B023 - called here


def test_nothing_is_kept_between_evaluations() -> None:
    text = f"({declare_variables({'$v': {'a': 1}})}$own := $exists($own) ? 'kept' : $v.a; [$own, $v.a])"
    assert evaluate(text) == [1, 1]
    declare_variables({"$v": {"a": 2}})
    assert evaluate(text) == [2, 2]


def test_what_comes_out_is_not_what_went_in() -> None:
    value = {"a": [1]}
    result = evaluate(f"({declare_variables({'$v': value})}$v)")
    result["a"].append(2)
    assert value == {"a": [1]}
