"""What a run is counted at, by hand; and the forecast of one like it."""

import json
from typing import Any

import pytest

from streamer.console.run.cost import cost
from streamer.console.run.counted import Counted, count
from streamer.console.run.history_reader import read
from streamer.console.run.job_items import LoggedFrame, acknowledgment
from streamer.forecast.traffic import Assumed, claim_units, end_units
from streamer.project import Function
from tests.support.histories import START, History
from tests.support.machines import a_map, block, task

WORK = Function("work", "work.handler", timeout=30, memory=1024)
ROUTER = Function("router", "router.handler", timeout=29, memory=512)
ROW = {
    "tenant": "acme",
    "request_id": "r-1",
    "action": "test",
    "accepted_at": f"{START:.3f}",
    "estimate": "10",
    "connections": {"c1", "c2"},
    "execution_input": json.dumps({"payload": {"n": 1}, "metadata": {}}),
}
ARGUMENTS = {
    "FunctionName": "arn:aws:lambda:us-east-1:1:function:work",
    "Payload": {"progress": {"from": 0, "to": 50}},
}
TWO = block(Look=task(Arguments=ARGUMENTS), Work=task(50, 100))


def frames(*types: str, size: int = 100) -> list[LoggedFrame]:
    logged = [LoggedFrame(seq, START, size, {"type": kind}) for seq, kind in enumerate(types, start=1)]
    return [acknowledgment(ROW), *logged]


def retried() -> History:
    """Two states: one is tried twice, each time for half a second and the second's pause; one waits."""
    history = History()
    history.add("ExecutionStarted")
    history.enter("Look")
    history.attempt("Failed", error="TransientError")
    history.attempt()
    history.leave("Look")
    history.enter("Work")
    history.add("TaskScheduled")
    history.add("TaskStarted")
    history.add("TaskSubmitted", after=0.25)
    history.add("TaskSucceeded", after=3600)
    history.leave("Work")
    history.add("ExecutionSucceeded")
    return history


def counted(
    history: History, logged: list[LoggedFrame], assumed: Assumed, **calls: Function | None
) -> Counted:
    return count(read(history.events), logged, assumed, calls, ROUTER)


def test_a_run_counted_by_hand() -> None:
    assumed = Assumed(payload=10, followers=2)
    found = counted(retried(), frames("progress", "progress", "complete"), assumed, Look=WORK, Work=WORK)
    assert found.transitions == 3  # two states, one retry
    assert found.calls == 4  # three attempts, and the router
    # An attempt of the histories' runs for a second; one that waits for its token runs until it is submitted.
    assert found.seconds == pytest.approx(1 + 1 + 0.25)
    assert found.gigabyte_seconds == pytest.approx(2.25 * 1 + 0.1 * 0.5)
    # 100 % and `complete` are written with the row; the progress before them by itself.
    assert found.write_units == claim_units(assumed) + 1 + end_units(assumed, 2)
    assert (found.pushes, found.messages) == (6, 2 + 6)
    bill = found.bill
    assert bill["Step Functions"] == pytest.approx(3 * 25 / 1e6)
    assert bill["Lambda"] == pytest.approx(4 * 0.2 / 1e6 + 2.3 * 0.0000133334)
    assert bill["API Gateway"] == pytest.approx(8 / 1e6)
    assert found.unknown == []


@pytest.mark.parametrize(("last", "units"), [("error", 1), ("progress", 0)])
def test_how_it_ended_is_what_was_written_together(last: str, units: int) -> None:
    assumed = Assumed(10, 1)
    found = counted(retried(), frames("progress", last), assumed)
    together = end_units(assumed, units) if units else 0
    assert found.write_units == claim_units(assumed) + (2 - units) + together


def test_large_frames_are_metered_and_written_as_what_they_are() -> None:
    assumed = Assumed(10, 1)
    found = counted(retried(), frames("progress", "error", size=40_000), assumed)
    assert found.messages == 2 + 2 * 2
    assert found.write_units == claim_units(assumed) + 40 + end_units(assumed, 1)


def test_what_runs_or_never_began_is_not_counted() -> None:
    history = History()
    history.add("ExecutionStarted")
    history.enter("Look")
    history.add("TaskScheduled")
    assert counted(history, frames(), Assumed(10, 1), Look=WORK).calls == 1
    history.add("TaskStarted")
    found = counted(history, frames(), Assumed(10, 1), Look=WORK)
    assert (found.calls, found.seconds, found.transitions) == (1, 0, 1)


def test_a_function_that_one_may_not_ask_for_is_told() -> None:
    found = cost(TWO, ROW, read(retried().events), frames("error"), lambda _: None, None)
    assert "Nobody told the memory of the functions of Look" in " ".join(found["notes"])


def test_the_forecast_is_of_this_very_job() -> None:
    def known(name: str) -> Function:
        assert name == "work"
        return WORK

    found = cost(TWO, ROW, read(retried().events), frames("progress", "complete"), known, ROUTER)
    lines = {line[0]: line[1:] for line in found["lines"]}
    assert list(lines) == ["Step Functions", "Lambda", "DynamoDB", "API Gateway", "Together"]
    # Without a retry: two transitions. The state that it knows takes half of ten seconds, of a gigabyte.
    assert lines["Step Functions"][2:] == [pytest.approx(50 / 1e6)] * 2
    assert lines["Lambda"][2] > 5 * 0.0000133334
    for column in (1, 2, 3):
        assert lines["Together"][column] == pytest.approx(
            sum(line[column] for name, line in lines.items() if name != "Together")
        )


def test_one_of_something_is_not_told_as_many() -> None:
    history = History()
    history.add("ExecutionStarted")
    history.enter("Look")
    history.add("ExecutionAborted")
    found = cost(TWO, ROW, read(history.events), frames("error"), lambda _: WORK, None)
    assert [line[1] for line in found["lines"][:2]] == ["1 transition", "1 call, 0.00 GB-s"]


def test_what_is_not_in_it_is_said() -> None:
    history = History()
    history.add("ExecutionStarted")
    history.enter("Each", "Map")
    history.add("MapStateStarted", length=0)
    history.add("MapRunStarted", mapRunArn="run")
    history.add("MapStateSucceeded")
    history.leave("Each", "Map")
    machine = block(Each=a_map(block(Work=task(0, 100)), "EXPRESS"))
    found = cost(machine, ROW, read(history.events), frames("error"), lambda _: WORK, None)
    assert "histories of their own, which are not in it" in found["notes"][-1]


def test_a_machine_that_cannot_be_read_has_no_forecast() -> None:
    machine: dict[str, Any] = {"StartAt": "Gone", "States": {"Wait": {"Type": "Wait", "End": True}}}
    found = cost(machine, ROW, read(retried().events), frames("error"), lambda _: WORK, None)
    assert found["lines"][0][2] > 0
    assert {(line[3], line[4]) for line in found["lines"]} == {(None, None)}
