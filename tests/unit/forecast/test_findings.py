"""What the linter finds."""

from pathlib import Path
from typing import Any

import pytest

from streamer.forecast import findings, forecasting
from streamer.forecast.results import Forecast, Given
from streamer.project import Function, Machine
from tests.support.machines import CAUGHT, OVER, PASS, a_map, block, retry, task

WORK = Function("Work", "work.handler", timeout=30, memory=512)
SOUND: dict[str, Any] = {"TimeoutSeconds": 40, "Retry": retry(1), "Catch": CAUGHT}


def sound(**more: Any) -> dict[str, Any]:
    return task(0, 100, **{**SOUND, **more})


def machine(**states: Any) -> dict[str, Any]:
    done = {"Done": {"Type": "Succeed"}, "Over": OVER}
    return {"TimeoutSeconds": 3600, **block(**states, **done)}


def forecast(definition: dict[str, Any], **given: Any) -> Forecast:
    made = Machine("work", Path("work.asl.json"), definition, {"Work": WORK})
    return forecasting.job(made, Given("work", {}, payload_bytes=2, **{"seconds": 1, **given}))


def found(definition: dict[str, Any], **given: Any) -> list[tuple[str, str, str]]:
    told = forecast(definition, **given)
    assert told.fails == any(each.level == "error" for each in told.findings)
    return [(each.level, each.state, each.message) for each in told.findings]


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in sound().items() if key != name}


def test_a_sound_machine_has_none() -> None:
    assert found(machine(A=sound())) == []


@pytest.mark.parametrize(
    ("state", "level", "text"),
    [
        (without("TimeoutSeconds"), "error", "hang for a year"),
        (without("Retry"), "warning", "without Retry"),
        (without("Catch"), "warning", "without Catch"),
        # at 30 s its function is out of time, and the task would be too
        (sound(TimeoutSeconds=30), "error", "30 s are over before its function's 30 s"),
    ],
)
def test_what_a_task_should_declare(state: dict[str, Any], level: str, text: str) -> None:
    definition = machine(A=state)
    if "Catch" not in state:
        definition["States"].pop("Over")
    ((found_level, name, message),) = found(definition)
    assert (found_level, name) == (level, "A")
    assert text in message


def test_tasks_inside_maps_and_branches_are_looked_at() -> None:
    inside = block(Inside=without("Retry") | {"Catch": [], "TimeoutSeconds": 40})
    for state in (a_map(inside, Output={}), {"Type": "Parallel", "Branches": [inside]}):
        names = [name for _, name, _ in found(machine(A=state))]
        assert names == ["Inside", "Inside"]


def test_what_an_express_child_cannot_do() -> None:
    asks = sound(Resource="arn:aws:states:::lambda:invoke.waitForTaskToken", TimeoutSeconds=301, Catch=[])
    told = found(machine(A=a_map(block(Ask=asks), "EXPRESS", Output={})))
    assert [(level, name) for level, name, _ in told] == [("error", "Ask"), ("warning", "Ask")]
    assert "cannot wait for a token" in told[0][2]
    assert "ends after 300 s" in told[1][2]


def test_the_machines_own_time() -> None:
    # one attempt may take 40 s; with a retry 80 s
    assert "may take 40 s without a retry" in found({**machine(A=sound()), "TimeoutSeconds": 39})[0][2]
    ((level, _, message),) = found({**machine(A=sound()), "TimeoutSeconds": 79})
    assert (level, "with every retry its states may take 80 s" in message) == ("warning", True)
    assert found({**machine(A=sound()), "TimeoutSeconds": 80}) == []
    unbounded = machine(A=sound())
    del unbounded["TimeoutSeconds"]
    assert "last a year" in found(unbounded)[0][2]
    # 100 items, 40 at once: three rounds of 40 s
    rounds = machine(A=a_map(block(B=sound(Catch=[], Retry=[])), Items=[1] * 100))
    assert any("may take 120 s" in message for _, _, message in found({**rounds, "TimeoutSeconds": 119}))


def test_a_history_that_is_too_long() -> None:
    definition = machine(A=a_map(block(B=PASS), Items="{% $states.input %}", Output={}))
    # 2 + 4 + 6,000 x 4 + 2 = 24,008; 7,000: 28,008
    assert found(definition, items=6000) == []
    ((level, _, message),) = found(definition, items=7000)
    assert (level, "28,008 events" in message) == ("error", True)
    child = machine(A=a_map(block(B=a_map(block(C=PASS), Items="{% $x %}")), "STANDARD"))
    assert "of a child of 'A'" in found(child, items=7000)[0][2]


def test_a_state_that_is_too_large() -> None:
    large = {"Type": "Pass", "Output": "x" * 262_144}
    ((level, name, _),) = found(machine(A=large))
    assert (level, name) == ("error", "A")
    # nine results of 32 KB may be too much, but need not be
    nine = {**PASS, "Output": ["{% $states.input %}"] * 9}
    may = machine(A=sound(Output="{% $states.result.Payload %}"), B=nine)
    may["States"]["A"]["Arguments"]["Payload"]["progress"]["to"] = 50
    ((level, name, message),) = found(may)
    assert (level, name) == ("warning", "B")
    assert "if every result is large" in message


def test_items_that_count_too_fast() -> None:
    counted = sound(Output={}, Catch=[])
    counted["Arguments"]["Payload"]["progress"] = {"from": 0, "to": 50, "total": 1}
    definition = machine(A=a_map(block(B=counted), "EXPRESS", Output={}))
    # half of 10 s for 5,000 and for 5,005 items
    assert found(definition, seconds=10, items=5000) == []
    ((level, name, message),) = found(definition, seconds=10, items=5005)
    assert (level, name, "1,001 times a second" in message) == ("warning", "B", True)


def test_a_machine_that_cannot_succeed() -> None:
    told = forecast({"TimeoutSeconds": 9, **block(A=PASS, Over=OVER)})
    assert [each.message for each in told.findings] == ["no way leads to a successful end"]
    assert told.events.worst == 5
    assert told.fails


def test_a_loop() -> None:
    again = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "A"}], "Default": "Done"}
    definition = machine(A=PASS, Again=again)
    assert {name for level, name, text in found(definition) if "one round" in text} == {"A", "Again"}


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ({}, "needs StartAt and States"),
        ({"StartAt": "B", "States": {"A": PASS}}, "StartAt names"),
        ({"StartAt": "A", "States": {"A": {**PASS, "Next": "B"}}}, "leads to 'B'"),
        ({"StartAt": "A", "States": {"A": {}}}, "no Type"),
        (block(A=a_map({"StartAt": "B", "States": {}})), "StartAt names"),
        (block(A={"Type": "Map"}), "needs StartAt and States"),
    ],
)
def test_definitions_that_cannot_be_read(definition: dict[str, Any], text: str) -> None:
    assert text in findings.broken(definition)[0].message
    assert not findings.broken(machine(A=sound()))


def test_a_job_that_waits_does_not_work_meanwhile() -> None:
    asks = sound(Resource="arn:aws:states:::lambda:invoke.waitForTaskToken")
    told = forecast(machine(A=asks), seconds=86_400)
    rates = {each.what: each.jobs_per_second for each in told.breaks}
    assert rates["open executions"] == pytest.approx(1_000_000 / 86_400)
    assert rates["concurrent Lambda executions"] == pytest.approx(1000 / 10.1)
    assert "The job lasts 86,400 s" in told.assumptions[0]
    longer = forecast(machine(A=asks), seconds=86_400, working=99.9)
    assert longer.seconds == 86_400
    rates = {each.what: each.jobs_per_second for each in longer.breaks}
    assert rates["concurrent Lambda executions"] == pytest.approx(10)
    # where time has to pass it is the same, but nobody works for longer than the job lasts
    rests = machine(
        A={"Type": "Wait", "Seconds": 3, "Next": "B"}, B=sound(Resource="arn:aws:states:::lambda:invoke")
    )
    for seconds, working in ((86_400, 10), (4, 4)):
        rates = {each.what: each.jobs_per_second for each in forecast(rests, seconds=seconds).breaks}
        assert rates["concurrent Lambda executions"] == pytest.approx(1000 / (working + 0.1))
    # of a job that does not wait, it is the time of all
    assert forecast(machine(A=sound()), seconds=5, working=7).seconds == 7


def test_the_worst_lasts_as_long_as_the_machine_lets_it() -> None:
    # two attempts of 30 s at half a GB, cut at 45 s
    told = forecast({**machine(A=sound()), "TimeoutSeconds": 45})
    assert told.dollars_per_thousand.worst["Lambda"] == pytest.approx(
        3 * 0.0002 + 1000 * 45 * 0.5 * 0.0000133334
    )
