"""Events and transitions, computed by hand."""

from typing import Any

import pytest

from streamer.forecast.history import children, events, invocations, transitions
from streamer.forecast.paths import happy, loops, worst
from tests.support.machines import CAUGHT, OVER, PASS, a_map, block, retry, task


def ten(_name: str, _state: Any) -> int:
    return 10


@pytest.mark.parametrize(
    ("machine", "happy_events", "happy_transitions", "worst_events", "worst_transitions"),
    [
        # entered, scheduled, started, succeeded, exited
        (block(A=task()), 5, 1, 5, 1),
        # 5 + 5; then 2 + (1+4+3)x3 = 26 and 5: both retriers count, 8 attempts
        (block(A=task(Retry=retry(4, 3)), B=task()), 10, 2, 31, 9),
        # a retrier that says nothing has 3: 2 + 4x3
        (block(A=task(Retry=[{"ErrorEquals": ["X"]}])), 5, 1, 14, 4),
        # one that says 0 has none
        (block(A=task(Retry=retry(0))), 5, 1, 5, 1),
        # the Catch leads to FailStateEntered: 2 + 2x3 + 1, and another transition
        (block(A=task(Retry=retry(1), Catch=CAUGHT, End=True), Over=OVER), 5, 1, 9, 3),
        # each is entered and exited
        (block(A=PASS, B={"Type": "Wait", "Seconds": 1}, C={"Type": "Succeed"}), 6, 3, 6, 3),
        # entered and exited; started and succeeded; 5 + 2 + 2
        (block(A={"Type": "Parallel", "Branches": [block(B=task()), block(C=PASS, D=PASS)]}), 13, 4, 13, 4),
        # 2 + (2 + 10x(2 + 5)); worst: 2 + 10x(2 + 2 + 2x3) + 2
        (block(A=a_map(block(B=task(Retry=retry(1))))), 74, 11, 104, 21),
        # the Map itself tried again: 2 + 2x(2 + 10x(2 + 2)); 2x(1 + 10)
        (block(A=a_map(block(B=PASS), Retry=retry(1))), 44, 11, 86, 22),
        # children write their own: 2 + 4 here; a Standard child's transitions are billed too, Express not
        (block(A=a_map(block(B=task()), "STANDARD")), 6, 11, 6, 11),
        (block(A=a_map(block(B=task()), "EXPRESS")), 6, 1, 6, 1),
        # TaskSubmitted makes 6
        (block(A=task(Resource="arn:aws:states:::lambda:invoke.waitForTaskToken")), 6, 1, 6, 1),
        (block(A=task(Resource="arn:aws:states:::states:startExecution.sync:2")), 6, 1, 6, 1),
    ],
)
def test_events_and_transitions(
    machine: dict[str, Any],
    happy_events: int,
    happy_transitions: int,
    worst_events: int,
    worst_transitions: int,
) -> None:
    well, badly = happy(machine, ten), worst(machine, ten)
    assert well is not None
    assert (events(well), transitions(well)) == (happy_events, happy_transitions)
    assert (events(badly), transitions(badly)) == (worst_events, worst_transitions)


def test_a_choice_takes_the_longer_way_that_succeeds() -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Long"}], "Default": "Over"}
    machine = block(Ask=choice, Long=task(Next="Short"), Short={"Type": "Succeed"}, Over=OVER)
    well = happy(machine, ten)
    assert well is not None
    assert [visit.name for visit in well] == ["Ask", "Long", "Short"]
    assert happy(block(Ask={**choice, "Choices": []}, Over=OVER), ten) is None


def test_calls_inside_maps_inside_maps_multiply() -> None:
    # 10 x 10 children, each with 1 + 2 calls; the children of the inner Map are no parent's events
    inner = a_map(block(Call=task(Retry=retry(2))), "EXPRESS")
    machine = block(Outer=a_map(block(Inner=inner)))
    badly = worst(machine, ten)
    assert invocations(badly) == 300
    assert [(visit.name, count) for visit, count in children(badly)] == [("Inner", 100)]
    # 2 + 2 + 10x(2 + 2 + 4); outer 1, and 10 times inner 1
    assert (events(badly), transitions(badly)) == (84, 11)


def test_only_lambdas_are_called() -> None:
    machine = block(
        A=task(), B={"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"}, C=task(Resource=ARN)
    )
    assert invocations(worst(machine, ten)) == 2


ARN = "arn:aws:lambda:us-east-1:123456789012:function:work"


def test_how_wide_a_map_is() -> None:
    def widest(kind: str | None, **more: Any) -> int:
        (visit,) = worst(block(A=a_map(block(B=PASS), kind, **more)), lambda _n, _s: 50_000)
        return visit.at_once

    assert (widest(None), widest("EXPRESS")) == (40, 10_000)
    assert (widest(None, MaxConcurrency=5), widest("EXPRESS", MaxConcurrency=0)) == (5, 10_000)
    assert widest(None, MaxConcurrency="{% 3 %}") == 40


def test_a_loop_counts_once_and_is_told() -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Work"}], "Default": "Done"}
    machine = block(Work=task(), Look=choice, Done={"Type": "Succeed"})
    well = happy(machine, ten)
    assert well is not None
    assert events(well) == 9  # 5 + 2 + 2
    assert loops(machine) == ["Work", "Look"]
    assert loops(block(A=PASS, B=a_map(machine))) == ["Work", "Look"]
    assert loops(block(A=PASS, B=PASS)) == []
    endless = block(Work={**task(), "Next": "Work"})
    assert happy({**endless, "States": {"Work": {**task(), "Next": "Work"}}}, ten) is None


def test_a_distributed_map_of_thousands_leaves_the_parent_short() -> None:
    inline, distributed = (
        worst(block(A=a_map(block(B=task()), kind)), lambda _n, _s: 10_000) for kind in (None, "EXPRESS")
    )
    assert (events(inline), events(distributed)) == (70_004, 6)
