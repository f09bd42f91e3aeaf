"""Rules and schedules of a transformed template."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streamer.local.cloudformation.event_rules import rules_of
from streamer.local.cloudformation.resources import Stack
from streamer.local.errors import LocalError
from streamer.local.eventbridge.rules import Rule

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:streamer-Work"
NOW = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)
TARGETS = [{"Id": "t", "Arn": {"Fn::GetAtt": ["Work", "Arn"]}}]


def read(
    properties: dict[str, Any],
    kind: str = "AWS::Events::Rule",
    permission: dict[str, Any] | None = None,
) -> list[Rule]:
    resources: dict[str, Any] = {
        "Work": {"Type": "AWS::Lambda::Function"},
        "WorkAlias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Work"}, "Name": "live"},
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Work"},
                "Principal": "events.amazonaws.com",
                "SourceArn": {"Fn::GetAtt": ["MyRule", "Arn"]},
            }
            | (permission or {}),
        },
        "Machine": {"Type": "AWS::StepFunctions::StateMachine"},
        "MyRule": {"Type": kind, "Properties": properties},
    }
    return rules_of(Stack({"Resources": resources}, {}))


def next_of(rule: Rule) -> datetime | None:
    assert rule.schedule
    return rule.schedule(NOW, NOW)


def test_a_pattern_is_resolved() -> None:
    pattern = {"detail": {"stateMachineArn": [{"Ref": "Machine"}]}}
    (rule,) = read({"EventPattern": pattern, "Targets": TARGETS})
    assert rule.arn == "arn:aws:events:us-east-1:123456789012:rule/streamer-MyRule"
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:streamer-Machine"
    assert rule.pattern == {"detail": {"stateMachineArn": [machine]}}
    assert (rule.schedule, rule.note) == (None, "")
    assert [target.function for target in rule.targets] == [FUNCTION]


def test_an_alias_is_called() -> None:
    targets = [{"Id": "t", "Arn": {"Ref": "WorkAlias"}}]
    permission = {"FunctionName": {"Ref": "WorkAlias"}}
    (rule,) = read({"EventPattern": {"source": ["a"]}, "Targets": targets}, permission=permission)
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
    assert (next_of(rule), rule.of_scheduler, rule.note) == (NOW + timedelta(hours=1), True, "")
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


def test_cron_of_a_rule_is_in_utc_and_of_a_schedule_in_its_zone() -> None:
    (rule,) = read({"ScheduleExpression": "cron(0 3 * * ? *)", "Targets": TARGETS})
    assert (next_of(rule), rule.note) == (NOW.replace(day=2, hour=3, minute=0), "")
    given = {"ScheduleExpression": "cron(0 3 * * ? *)", "ScheduleExpressionTimezone": "Asia/Tokyo"}
    (rule,) = read({**given, "Target": {**TARGETS[0], "RoleArn": "x"}}, "AWS::Scheduler::Schedule")
    assert next_of(rule) == NOW.replace(hour=18, minute=0)


@pytest.mark.parametrize(
    ("permission", "permitted"),
    [
        ({}, True),
        ({"FunctionName": {"Fn::GetAtt": ["Work", "Arn"]}}, True),
        ({"SourceArn": "arn:aws:events:us-east-1:*:rule/streamer-*"}, True),
        ({"SourceArn": {"Ref": "AWS::NoValue"}}, True),
        ({"SourceArn": "arn:aws:events:us-east-1:123456789012:rule/another"}, False),
        ({"FunctionName": {"Ref": "WorkAlias"}}, False),
        ({"Principal": "scheduler.amazonaws.com"}, False),
    ],
)
def test_a_rule_calls_only_what_lets_it(permission: dict[str, Any], permitted: bool) -> None:
    dead_letters = {"DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    pattern = {"EventPattern": {"source": ["a"]}}
    (rule,) = read({**pattern, "Targets": [TARGETS[0] | dead_letters]}, permission=permission)
    assert rule.targets[0].permitted is permitted
    assert rule.targets[0].dead_letters == "arn:aws:sqs:us-east-1:123456789012:streamer-Queue"
    assert ("so its events go to its dead letters" in rule.note) is not permitted
    (rule,) = read({**pattern, "Targets": TARGETS}, permission=permission)
    assert ("so its events go nowhere" in rule.note) is not permitted


@pytest.mark.parametrize(
    "extra",
    [
        {"EventPattern": {"source": [{"wildcard": "*"}]}},
        {"ScheduleExpression": "rate(never)"},
        {"ScheduleExpression": "cron(0 3 * * *)"},
        {"Targets": [{**TARGETS[0], "InputTransformer": {"InputTemplate": "1"}}]},
        {"Targets": [{**TARGETS[0], "InputPath": "$.a[0]"}]},
    ],
)
def test_what_cannot_be_done_is_refused_by_name(extra: dict[str, Any]) -> None:
    with pytest.raises(LocalError, match=r"^MyRule: "):
        read({"Targets": TARGETS, **extra})
