"""How large the state becomes, computed by hand."""

from typing import Any

import pytest

from streamer.forecast import engine_facts as engine
from streamer.forecast.paths import worst
from streamer.forecast.sizes import Sizes, largest, least, most
from tests.support.machines import CAUGHT, OVER, PASS, a_map, block, task

# The execution has 256 + 100 + 20 = 376 bytes of input.
SIZES = Sizes(payload=100, metadata=20, result=1000, last=3000, item=10, cause=500)
RESULT, INPUT = "{% $states.result.Payload %}", "{% $states.input %}"


def ten(_name: str, _state: Any) -> int:
    return 10


def small(**more: Any) -> dict[str, Any]:
    return {**task(), "Arguments": {"Payload": "{% $states.input %}"}, **more}


def large(**states: Any) -> tuple[int, str]:
    return largest(worst(block(**states), ten), SIZES)


@pytest.mark.parametrize(
    ("output", "size"),
    [
        (INPUT, 376),
        ({"a": INPUT}, 2 + 5 + 376),  # {"a": …}
        ([INPUT, INPUT], 2 + 2 * 377),
        ("{% [$states.input, $states.input] %}", 2 * 376 + 4),  # what is left of it: [, ]
        ("{% $states.context.Execution.Input.payload %}", 376),  # smaller than what came in
        ("{% $count($states.input) & $states.input %}", 20 + 1 + 376),
        ("{% $merge([$states.input]) %}", 376 + len("$merge([])")),
        ("x" * 500, 502),
        ("{% $states.context %}", 376 + engine.CONTEXT),
    ],
)
def test_an_expression_is_as_large_as_what_it_names(output: Any, size: int) -> None:
    assert large(A={"Type": "Pass", "Output": output})[0] == size


def test_results_go_on_and_the_last_may_be_larger() -> None:
    assert large(A=small(Output=RESULT), B={"Type": "Pass", "Output": [INPUT, INPUT]}) == (
        2 + 2 * 1001,
        "B",
    )
    ends = {"Payload": {"progress": {"from": 50, "to": 100}}}
    assert large(A=small(Output=RESULT, Arguments=ends)) == (3000, "A")


def test_a_map_gathers_its_results() -> None:
    inside = block(B=small(Output=RESULT))
    assert large(A=a_map(inside, Items=[1])) == (2 + 10 * 1001, "A")
    assert large(A=a_map(inside, Items=[1], Output={}))[1] == "B"
    assert large(A=a_map(inside, Items=[1], ResultWriter={"Resource": "s3"})) == (1024, "A")


def test_variables_are_remembered() -> None:
    kept = {"Type": "Pass", "Assign": {"kept": INPUT}, "Output": {}}
    assert large(A=kept, B={"Type": "Pass", "Output": ["{% $kept %}", "{% $kept %}"]})[0] == 2 + 2 * 377


def test_of_an_object_that_the_machine_makes_each_field_is_known() -> None:
    made = {"small": 1, "large": "x" * 400}
    both = small(Output={"got": "{% $states.result.Payload %}", **made})
    # got has 1000 bytes, small 1, large 402: with names and signs 2 + 1007 + 10 + 411
    assert large(A=both, B={"Type": "Pass", "Output": ["{% $states.input.got %}"] * 2}) == (2 + 2 * 1001, "B")
    assert large(A=both, B={"Type": "Pass", "Output": ["{% $states.input.small %}"] * 9}) == (1430, "A")
    # of a result nothing is known: a part may be all of it
    assert large(A=both, B={"Type": "Pass", "Output": ["{% $states.input.got.part %}"] * 2}) == (2004, "B")


def test_what_a_catch_leaves() -> None:
    caught = [{**CAUGHT[0], "Assign": {"failure": {"Cause": "{% $states.errorOutput.Cause %}"}}}]
    failed = {**PASS, "Output": ["{% $failure %}"] * 9}
    # {"Cause": 500} is 2 + 7 + 2 + 500 = 511; [9 x 512]
    assert large(A=small(Catch=caught, Next="B"), B={"Type": "Succeed"}, Over=failed, C=OVER) == (
        2 + 9 * 512,
        "Over",
    )


def test_bounds() -> None:
    assert least(100).execution_input == engine.ENVELOPE + 100 + 2
    # a payload over 32 KB is a claim
    assert most(100_000).payload == engine.CLAIM
    assert most(100).execution_input == engine.ENVELOPE + 100 + 32 * 1024
