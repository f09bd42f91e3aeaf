"""Rules and schedules of a transformed template."""

from typing import Any

import pytest

from streamer.local.cloudformation.event_rules import rules_of
from streamer.local.cloudformation.resources import Stack
from streamer.local.errors import LocalError
from streamer.local.eventbridge.rules import Rule

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:streamer-Work"
TARGETS = [{"Id": "t", "Arn": {"Fn::GetAtt": ["Work", "Arn"]}}]


def read(properties: dict[str, Any], kind: str = "AWS::Events::Rule") -> list[Rule]:
    resources: dict[str, Any] = {
        "Work": {"Type": "AWS::Lambda::Function"},
        "WorkAlias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Work"}, "Name": "live"},
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine"},
        "MyRule": {"Type": kind, "Properties": properties},
    }
    return rules_of(Stack({"Resources": resources}, {}))


def test_a_pattern_is_resolved() -> None:
    pattern = {"detail": {"stateMachineArn": [{"Ref": "Machine"}]}}
    (rule,) = read({"EventPattern": pattern, "Targets": TARGETS})
    assert rule.arn == "arn:aws:events:us-east-1:123456789012:rule/streamer-MyRule"
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:streamer-Machine"
    assert rule.pattern == {"detail": {"stateMachineArn": [machine]}}
    assert (rule.period, rule.note) == (None, "")
    assert [target.function for target in rule.targets] == [FUNCTION]


def test_an_alias_is_called() -> None:
    targets = [{"Id": "t", "Arn": {"Ref": "WorkAlias"}}]
    (rule,) = read({"EventPattern": {"source": ["a"]}, "Targets": targets})
    assert [target.function for target in rule.targets] == [f"{FUNCTION}:live"]
    assert rule.note == ""


def test_a_schedule_of_the_scheduler() -> None:
    given = {
        "Name": "mine",
        "ScheduleExpression": "rate(1 hour)",
        "Target": {
            **TARGETS[0],
            "RoleArn": "x",
            "Input": "[1]",
            "DeadLetterConfig": {"Arn": {"Ref": "Nobody"}},
        },
    }
    (rule,) = read(given, "AWS::Scheduler::Schedule")
    assert rule.arn == "arn:aws:scheduler:us-east-1:123456789012:schedule/default/mine"
    assert (rule.period, rule.of_scheduler) == (3600, True)
    assert rule.targets[0].payload({"a": 1}) == b"[1]"


def test_a_disabled_rule_is_none() -> None:
    assert read({"EventPattern": {"source": ["a"]}, "Targets": TARGETS, "State": "DISABLED"}) == []


def test_other_buses_are_silent() -> None:
    (rule,) = read({"EventPattern": {"source": ["a"]}, "EventBusName": "mine", "Targets": TARGETS})
    assert rule.pattern is None


@pytest.mark.parametrize("arn", [{"Fn::GetAtt": ["Queue", "Arn"]}, "arn:aws:lambda:x:1:function:elsewhere"])
def test_targets_other_than_functions_are_left_out_and_noted(arn: Any) -> None:
    (rule,) = read({"EventPattern": {"source": ["a"]}, "Targets": [*TARGETS, {"Id": "u", "Arn": arn}]})
    assert [target.function for target in rule.targets] == [FUNCTION]
    assert "not its other targets" in rule.note


def test_cron_is_noted() -> None:
    (rule,) = read({"ScheduleExpression": "cron(0 3 * * ? *)", "Targets": TARGETS})
    assert rule.period is None
    assert rule.note.startswith("cron(0 3 * * ? *) does not run here")


@pytest.mark.parametrize(
    "extra",
    [
        {"EventPattern": {"source": [{"wildcard": "*"}]}},
        {"ScheduleExpression": "rate(never)"},
        {"Targets": [{**TARGETS[0], "InputTransformer": {"InputTemplate": "1"}}]},
        {"Targets": [{**TARGETS[0], "InputPath": "$.a[0]"}]},
    ],
)
def test_what_cannot_be_done_is_refused_by_name(extra: dict[str, Any]) -> None:
    with pytest.raises(LocalError, match=r"^MyRule: "):
        read({"Targets": TARGETS, **extra})
