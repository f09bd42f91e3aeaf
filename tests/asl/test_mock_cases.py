"""Row 65: what may happen to a job, on two engines; the cases are in MockConfigFile.json, in AWS's format."""

import json
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import pytest

from streamer.outline import tasks
from tests.asl import on_localstack, on_moto
from tests.asl.documents import MACHINES
from tests.asl.mocked import CASES, FILE, ROLE, Run, definition, given, run_all
from tests.support.stack import ROOT

Runs = dict[tuple[str, str], Run]

# The cases that fail their execution, and with which error; the others succeed.
ERRORS = {
    "ThrottledOnceTooOften": "Lambda.TooManyRequestsException",
    "LambdasFaultOnceTooOften": "Lambda.ClientExecutionTimeoutException",
    "TransientErrorOnceTooOften": "TransientError",
    "OutOfTimeOnceTooOften": "OutOfTime",
    "PermanentErrorAtOnce": "PermanentError",
    "PermanentErrorAtLast": "PermanentError",
    "Bug": "KeyError",
    "TimedOut": "Timeout",
    "LastWordAtLast": "PermanentError",
    "LastWordLost": "PermanentError",
    "NobodyDecided": "HeartbeatTimeout",
}
every_case = pytest.mark.parametrize(("machine", "case"), CASES, ids=lambda name: name)


@pytest.fixture(scope="module")
def moto() -> Runs:
    with pytest.MonkeyPatch.context() as monkeypatch, on_moto.moto(monkeypatch) as (sfn, s3):
        return run_all(sfn, s3, on_moto.ACCOUNT)


@pytest.fixture(scope="module")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    if not on_localstack.PYTHON.exists():
        pytest.skip("NOT COMPARED WITH LOCALSTACK: it is not installed. `make localstack` wants Python 3.13.")
    with on_localstack.localstack(tmp_path_factory.mktemp("localstack")) as clients:
        yield clients


@pytest.fixture(scope="module")
def on_both(moto: Runs, localstack: tuple[Any, Any]) -> tuple[Runs, Runs]:
    return moto, run_all(*localstack, on_localstack.ACCOUNT)


def entered(run: Run) -> list[str]:
    return [told["name"] for _, told in run.events if "name" in told and "input" in told]


@every_case
def test_a65_a_case_ends_as_it_must(machine: str, case: str, moto: Runs) -> None:
    run, error = moto[machine, case], ERRORS.get(case)
    assert (run.status, run.error) == ("FAILED" if error else "SUCCEEDED", error)
    assert (entered(run)[-2:] == ["Save partial progress", "Fail the job"]) is (error is not None)
    config = json.loads(FILE.read_text())
    answers = config["StateMachines"][machine]["TestCases"][case]
    thrown = [
        number
        for state, name in answers.items()
        if state in entered(run)  # a Map's items have histories of their own
        for number, answer in config["MockedResponses"][name].items()
        if "Throw" in answer
    ]
    times = sum(int(number.split("-")[-1]) - int(number.split("-")[0]) + 1 for number in thrown)
    assert [kind for kind, _ in run.events].count("TaskFailed") == times


def test_a65_a_decision_leads_where_it_must(moto: Runs) -> None:
    approved, rejected = (moto["streamer-approve_report", case] for case in ("AllWell", "Rejected"))
    assert entered(approved)[-1] == "Release the report"
    assert entered(rejected)[-1] == "Discard the report"
    assert approved.output == {"from": "Release the report"}


def test_the_page_counts_the_cases() -> None:
    assert f"its {len(CASES)} cases" in (ROOT / "docs/mocked-runs.md").read_text()


def test_a65_every_task_fails_in_some_case() -> None:
    config = json.loads(FILE.read_text())
    for machine in config["StateMachines"].values():
        named = [answers for case in machine["TestCases"].values() for answers in case.items()]
        failing = {
            state
            for state, name in named
            if any("Throw" in answer for answer in config["MockedResponses"][name].values())
        }
        assert failing == {state for state, _ in named}


@every_case
def test_a65_localstack_says_the_same(machine: str, case: str, on_both: tuple[Runs, Runs]) -> None:
    """Events, what each of them says, the error and the output; ids, moments and accounts apart."""
    on_moto_it, on_localstack_it = (runs[machine, case] for runs in on_both)
    assert on_localstack_it == on_moto_it


def test_a65_backoffs_and_catches_are_as_declared(localstack: tuple[Any, Any]) -> None:
    """TestState tells what a state would do next. It leaves out jitter, LocalStack's MaxDelaySeconds too."""
    declared: dict[str, tuple[str, Any]] = {}  # most states have the same, and are asked once
    for path in MACHINES:
        for name, state in tasks(json.loads(definition(path, on_localstack.ACCOUNT))):
            declared[json.dumps([state["Retry"], state["Catch"]])] = name, state
    assert len(declared) >= 3  # a stage's, an item's, and the last word's
    for name, state in declared.values():
        for number, retry in enumerate(state["Retry"]):
            error, most = retry["ErrorEquals"][-1].replace("States.ALL", "Any"), retry["MaxAttempts"]
            backoffs = [retry["IntervalSeconds"] * retry["BackoffRate"] ** n for n in range(most)]
            for retries in {0, bisect_right(backoffs, retry["MaxDelaySeconds"]) - 1}:
                told = ask(localstack[0], name, state, error, retries)
                assert told["status"] == "RETRIABLE", name
                expected = {"retryIndex": number, "retryBackoffIntervalSeconds": backoffs[retries]}
                assert told["inspectionData"]["errorDetails"] == expected, name
            told = ask(localstack[0], name, state, error, most)
            assert (told["status"], told["nextState"]) == ("CAUGHT_ERROR", state["Catch"][0]["Next"]), name


def ask(sfn: Any, name: str, state: Any, error: str, retries: int) -> Any:
    """Return what a state does when it has failed, and been retried, so often."""
    moment, arn = "2013-01-01T00:00:00Z", "arn:aws:states:us-east-1:000000000000:execution:m:x"
    context = {
        "Execution": {"Id": arn, "Input": given("any"), "Name": "x", "RoleArn": ROLE, "StartTime": moment},
        "State": {"Name": name, "EnteredTime": moment, "RetryCount": retries},
        "StateMachine": {"Id": arn, "Name": "m"},
        "Task": {"Token": "t"},
    }
    item = {
        "job": given("any"),
        "redrive": 0,
        "stage": name,
        "plan": {"total": 3},
        "batch": {"index": 0},
        "steps": 3,
    }
    variables = {"failure": {"Error": error, "Cause": "", "Stage": name}}
    return sfn.test_state(
        definition=json.dumps({**state, "QueryLanguage": "JSONata"}),
        roleArn=ROLE.format(account=on_localstack.ACCOUNT),
        input=json.dumps(item),
        inspectionLevel="DEBUG",
        context=json.dumps(context),
        variables=json.dumps(variables | {name: {} for name in ("rendered", "surveyed", "processed")}),
        mock={"errorOutput": {"error": error, "cause": "as asked"}},
        stateConfiguration={"retrierRetryCount": retries},
    )
