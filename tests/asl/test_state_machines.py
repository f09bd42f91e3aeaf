"""Every state machine, as a document: `sam` and cfn-lint do not look behind a DefinitionUri."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from jsonata.jsonata import Jsonata

from jobs.keys import KEPT_SECONDS
from streamer.outline import following, part, tasks
from tests.asl.documents import (
    EXPRESSION,
    function_of,
    load,
    machines,
    parameters,
    resource,
    scopes,
    seconds,
    strings,
)
from tests.support.stack import template

LIMITS = ("TimeoutSeconds", "HeartbeatSeconds")


@machines
def test_a54_every_task_declares_its_timeout_retries_and_catch(path: Path) -> None:
    for name, state in tasks(load(path)):
        assert seconds(state, "TimeoutSeconds") > 0, name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        assert state["Retry"], name
        for retry in state["Retry"]:
            assert retry["IntervalSeconds"] >= 1, name
            assert retry["BackoffRate"] >= 1, name
            assert retry["JitterStrategy"] == "FULL", name
            assert 1 <= retry["MaxAttempts"] <= 20, name
            assert retry["MaxDelaySeconds"] <= 60, name
        retried = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
        if name not in load(path)["States"]:
            continue  # an item of a Map: its Catch leaves the judgement to a later stage
        if "progress" in state["Arguments"]["Payload"]:
            assert {"Lambda.ServiceException", "Runtime.ExitError", "TransientError", "OutOfTime"} <= retried
            assert not {"PermanentError", "States.ALL", "States.TaskFailed"} & retried
            assert state["Catch"][-1]["Next"] == "Save partial progress"


@machines
def test_a54_a_task_outlasts_its_function(path: Path) -> None:
    substitutions = resource(path)["DefinitionSubstitutions"]
    for name, state in tasks(load(path)):
        timeout = function_of(substitutions[state["Arguments"]["FunctionName"][2:-1]])["Timeout"]
        assert timeout < seconds(state, "TimeoutSeconds"), name


@machines
def test_who_waits_for_a_person_ends_by_itself(path: Path) -> None:
    machine = load(path)
    for name, state in tasks(machine):
        waits = state["Resource"].endswith(".waitForTaskToken")
        assert waits is ("HeartbeatSeconds" in state), name
        if not waits:
            continue
        assert 0 < seconds(state, "HeartbeatSeconds") < seconds(state, "TimeoutSeconds"), name
        retried = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
        assert not {"States.Timeout", "States.HeartbeatTimeout"} & retried, name
        written = json.loads(path.read_text())["States"][name]["TimeoutSeconds"]
        longest: int = parameters(path)[re.findall(r"\$\{(\w+)\}", written)[0]]["MaxValue"]
        others = sum(seconds(task, "TimeoutSeconds") for other, task in tasks(machine) if other != name)
        # Neither the machine's end nor the job's row, which is as old as the job, may come first.
        assert longest + others < machine["TimeoutSeconds"] < KEPT_SECONDS


@machines
def test_what_stages_hand_on_outlives_a_job_that_is_redriven_on_its_last_day(path: Path) -> None:
    rules = template()["Resources"]["DataBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    (days,) = [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "work/"]
    assert 2 * load(path)["TimeoutSeconds"] + KEPT_SECONDS < days * 24 * 3600


@machines
def test_every_state_is_reachable_and_every_target_exists(path: Path) -> None:
    for machine in scopes(load(path)):
        check_reachable(machine)


def check_reachable(machine: dict[str, Any]) -> None:
    seen, todo = set[str](), [machine["StartAt"]]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        state = machine["States"][name]
        todo += [state[key] for key in ("Next", "Default") if key in state]
        todo += [branch["Next"] for key in ("Choices", "Catch") for branch in state.get(key, [])]
    assert seen == set(machine["States"])


@machines
def test_a_failed_job_fails_its_execution(path: Path) -> None:
    machine = load(path)
    saving = machine["States"]["Save partial progress"]
    assert machine["States"][saving["Next"]]["Type"] == "Fail"
    assert {catch["Next"] for catch in saving["Catch"]} == {saving["Next"]}


@machines
def test_stages_cover_the_whole_without_gap(path: Path) -> None:
    states = load(path)["States"]
    todo = [(load(path)["StartAt"], 0)]
    for _ in range(100):  # every way through, without its failures
        if not todo:
            return
        name, at = todo.pop()
        state = states[name]
        if stage := part(state):
            assert stage["from"] == at, name
            assert stage["to"] > at, name
            at = stage["to"]
        ways = following(state)
        assert ways or at == 100, name
        todo += [(way, at) for way in ways]
    pytest.fail("over a hundred ways")


@machines
def test_a_map_has_one_stage_inside_which_counts(path: Path) -> None:
    for name, state in load(path)["States"].items():
        if state["Type"] == "Map":
            (inside,) = [found for _, task in tasks(state["ItemProcessor"]) if (found := part(task))]
            assert inside["total"], name


@machines
def test_substitutions_match_and_point_to_handlers_that_exist(path: Path) -> None:
    used = set(re.findall(r"\$\{(\w+)\}", path.read_text()))
    substitutions = resource(path)["DefinitionSubstitutions"]
    assert used == set(substitutions)
    for value in substitutions.values():
        if parameter := template()["Parameters"].get(value["Ref"]):
            assert parameter["Type"] == "Number"
            continue
        module, name = function_of(value)["Handler"].rsplit(".", 1)
        assert callable(getattr(importlib.import_module(module), name))


@machines
def test_expressions_compile(path: Path) -> None:
    machine = load(path)
    assert machine["QueryLanguage"] == "JSONata"
    expressions = [found.group(1) for text in strings(machine) if (found := EXPRESSION.match(text))]
    assert expressions
    for expression in expressions:
        Jsonata(expression)
    assert not [text for text in strings(machine) if text.startswith("$.")]


@machines
def test_states_are_sentence_case_phrases_and_say_why(path: Path) -> None:
    machine = load(path)
    for name, state in (
        (name, state) for scope in scopes(machine) for name, state in scope["States"].items()
    ):
        assert re.fullmatch(r"[A-Z][a-z]+( [a-z0-9]+)+", name), name
        assert state["Comment"], name
    assert machine["Comment"]


@machines
def test_the_definition_is_the_states_language(path: Path) -> None:
    definition = load(path)
    for _, state in tasks(definition):  # cfn-lint knows no expressions here; the language does
        assert isinstance(state, dict)
        state |= {field: seconds(state, field) for field in LIMITS if field in state}
    for state in definition["States"].values():
        if EXPRESSION.match(str(state.get("MaxConcurrency"))):
            state["MaxConcurrency"] = 1
    inlined = {
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"RoleArn": "arn:aws:iam::123456789012:role/x", "Definition": definition},
            }
        }
    }
    found = lint(json.dumps(inlined), config=ManualArgs(regions=["us-east-1"]))
    assert [f"{match.rule.id} {match.message}" for match in found] == []
