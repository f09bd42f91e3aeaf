"""What AWS takes when a machine is made and refuses while a job runs: each rule that our machines must keep.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
https://states-language.net/spec.html
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonata.jsonata import Jsonata

from jobs.claims import LARGEST_INLINE
from progress.settle import explain
from router.requests import LARGEST_METADATA
from streamer.outline import tasks
from tests.asl.documents import EXPRESSION, load, machines, scopes, strings

LARGEST_STATE = 256 * 1024  # bytes of UTF-8, a state's input, its arguments and its output each
LONGEST_CAUSE = 32 * 1024
WILDCARDS = {"States.ALL", "States.TaskFailed"}
# What no Catch gets; such an end is told by an event, and found by the sweep (test_a43_…).
UNCATCHABLE = {"States.DataLimitExceeded", "States.Runtime"}
# AWS's advice for every function that a machine calls.
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
LAMBDAS_FAULTS = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}


def evaluate(value: Any, **variables: Any) -> Any:
    """Return what a field's expressions make of these variables; what is nowhere is None."""
    if isinstance(value, dict):
        return {name: evaluate(part, **variables) for name, part in value.items()}
    if not (isinstance(value, str) and (found := EXPRESSION.match(value))):
        return value
    expression = Jsonata(found[1])
    frame = expression.create_frame()
    for name, bound in variables.items():
        frame.bind(name, bound)
    return expression.evaluate(None, frame)


def states(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for scope in scopes(document):
        yield from scope["States"].items()


def size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


@machines
@pytest.mark.parametrize(
    "error", ["States.Timeout", "States.QueryEvaluationError", "PermanentError", "E.States.F"]
)
def test_a_fail_state_raises_no_name_that_is_awss_own(path: Path, error: str) -> None:
    """With such a name AWS ends the execution as States.Runtime, and nobody sees why."""
    for name, state in states(load(path)):
        if state["Type"] == "Fail":
            raised = evaluate(state["Error"], failure={"Error": error, "Cause": ""})
            assert raised, name
            assert not raised.startswith("States."), name
            assert error.endswith(raised), name


@machines
def test_a_catch_takes_an_error_that_has_no_cause(path: Path) -> None:
    """The language promises an error's name; its cause only `SHOULD` be there."""
    told = {"errorOutput": {"Error": "States.Timeout"}, "context": {"State": {"Name": "Work"}}}
    for _, state in states(load(path)):
        for catch in state.get("Catch", []):
            if "Assign" in catch:
                failure = evaluate(catch["Assign"], states=told)["failure"]
                assert failure == {"Error": "States.Timeout", "Cause": "", "Stage": "Work"}
                assert explain(failure).code == "TIMEOUT"


@machines
def test_wildcards_stand_alone_and_last(path: Path) -> None:
    for name, state in states(load(path)):
        for field in ("Retry", "Catch"):
            handled = [set(handler["ErrorEquals"]) for handler in state.get(field, [])]
            for errors in handled[:-1]:
                assert not errors & WILDCARDS, name
            for errors in handled:
                assert len(errors) == 1 or not errors & WILDCARDS, name
                assert not errors & UNCATCHABLE, name


@machines
def test_a_retry_is_one_that_aws_takes(path: Path) -> None:
    for name, state in states(load(path)):
        for retry in state.get("Retry", []):
            assert retry["IntervalSeconds"] < retry["MaxDelaySeconds"] < 31_622_400, name


@machines
def test_lambdas_own_faults_are_all_retried(path: Path) -> None:
    for name, state in tasks(load(path)):
        retried = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
        assert retried >= LAMBDAS_FAULTS or "States.ALL" in retried, name


@machines
def test_what_a_state_hands_on_cannot_fail(path: Path) -> None:
    """A last stage has completed its job when its Output is evaluated: an error there comes too late."""
    always_there = {"{% $states.result.Payload %}", "{% $states.result %}", "{% $states.input %}"}
    for name, state in states(load(path)):
        handed_on = [*strings(state.get("Output", "")), *strings(state.get("Assign", {}))]
        assert {text for text in handed_on if text} <= always_there, name


@machines
def test_names_are_as_long_as_aws_takes_and_expressions_are_of_its_jsonata(path: Path) -> None:
    for name, _ in states(load(path)):
        assert len(name) <= 80
    assert not [text for text in strings(load(path)) if "$eval(" in text]  # the one function that AWS refuses


@machines
def test_the_largest_job_stays_below_the_largest_state(path: Path) -> None:
    """Every payload has `$states.context`, and in it the request, beside what the stages before handed on."""
    document, filler = load(path), "x" * LARGEST_INLINE
    handed_on = {
        "filler": filler,
        "total": 1,
        "bucket": "b" * 63,
        "batches": "b" * 1024,
        "decision": "approve",
    }
    identity = dict.fromkeys(("tenant", "user", "request_id", "action"), "i" * 128)
    given = identity | {"metadata": "m" * LARGEST_METADATA, "payload": {"report": filler, "approvers": []}}
    context: dict[str, Any] = {
        "Execution": {
            "Id": "i" * 256,
            "Input": given,
            "Name": "n" * 80,
            "RedriveCount": 0,
            "StartTime": "t" * 30,
        },
        "State": {"Name": "s" * 80, "RetryCount": 0, "EnteredTime": "t" * 30},
        "StateMachine": {"Id": "i" * 256, "Name": "n" * 80},
        "Task": {"Token": "t" * 2048},
        "Map": {"Item": {"Index": 0, "Value": {"index": 0, "filler": filler}}},
    }
    assert size(given) <= LARGEST_STATE
    assigned = {name: handed_on for _, state in states(document) for name in state.get("Assign", {})}
    assigned["failure"] = {"Error": "e" * 256, "Cause": "c" * LONGEST_CAUSE, "Stage": "s" * 80}
    check_sizes(document, handed_on, context, assigned)


def check_sizes(
    document: Mapping[str, Any], given: Any, context: dict[str, Any], assigned: Mapping[str, Any]
) -> None:
    variables = {**assigned, "states": {"input": given, "context": context}}
    for name, state in document["States"].items():
        assert size(evaluate(state.get("Arguments", {}), **variables)) <= LARGEST_STATE, name
        if state["Type"] == "Map":
            selected = state.get("ItemSelector", "{% $states.context.Map.Item.Value %}")
            item = evaluate(selected, **variables)
            assert size(item) <= LARGEST_STATE, name
            check_sizes(state["ItemProcessor"], item, context, assigned)
