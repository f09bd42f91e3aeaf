"""CloudFormation's intrinsic functions."""

from typing import Any

import pytest

from streamer.local.cloudformation.intrinsics import Resolver
from streamer.local.errors import LocalError

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Stage": {"Default": "live"}, "Size": {"Type": "Number"}},
    "Mappings": {"Sizes": {"live": {"memory": 512}}},
    "Conditions": {
        "IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
        "NotLive": {"Fn::Not": [{"Condition": "IsLive"}]},
        "Both": {"Fn::And": [{"Condition": "IsLive"}, {"Condition": "NotLive"}]},
        "Either": {"Fn::Or": [{"Condition": "IsLive"}, {"Condition": "NotLive"}]},
    },
    "Resources": {
        "Api": {"Type": "AWS::ApiGatewayV2::Api"},
        "Route": {"Type": "AWS::ApiGatewayV2::Route"},
        "Function": {"Type": "AWS::Lambda::Function"},
        "FunctionVersion": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": "Function"}},
        },
        "FunctionAlias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Name": {"Ref": "Stage"}},
        },
        "Machine": {"Type": "AWS::StepFunctions::StateMachine"},
        "MachineVersion": {
            "Type": "AWS::StepFunctions::StateMachineVersion",
            "Properties": {"StateMachineArn": {"Ref": "Machine"}},
        },
        "Named": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TableName": {"Fn::Sub": "seen-${Stage}"}},
        },
        "Data": {"Type": "AWS::S3::Bucket"},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Absent": {"Type": "AWS::S3::Bucket", "Condition": "NotLive"},
    },
}


@pytest.fixture
def resolver() -> Resolver:
    return Resolver(TEMPLATE, {"Size": "3"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Stage"}, "live"),
        ({"Ref": "Size"}, "3"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "Function"}, "streamer-Function"),
        ({"Ref": "Data"}, "streamer-data"),
        ({"Ref": "Named"}, "seen-live"),
        ({"Ref": "Route"}, "Route"),
        ({"Ref": "Queue"}, "streamer-Queue"),
        ({"Fn::GetAtt": "Queue.QueueName"}, "streamer-Queue"),
        ({"Ref": "Machine"}, "arn:aws:states:us-east-1:123456789012:stateMachine:streamer-Machine"),
        ({"Ref": "MachineVersion"}, "arn:aws:states:us-east-1:123456789012:stateMachine:streamer-Machine:1"),
        ({"Ref": "FunctionVersion"}, "arn:aws:lambda:us-east-1:123456789012:function:streamer-Function:1"),
        ({"Ref": "FunctionAlias"}, "arn:aws:lambda:us-east-1:123456789012:function:streamer-Function:live"),
        ({"Fn::GetAtt": ["FunctionVersion", "Version"]}, "1"),
        ({"Fn::GetAtt": ["Machine", "Name"]}, "streamer-Machine"),
        ({"Fn::GetAtt": "Function.Arn"}, "arn:aws:lambda:us-east-1:123456789012:function:streamer-Function"),
        ({"Fn::GetAtt": ["Api", "ApiEndpoint"]}, "wss://api.execute-api.us-east-1.amazonaws.com"),
        ({"Fn::Sub": "${!Kept} ${Stage} ${Data.Arn}"}, "${Kept} live arn:aws:s3:::streamer-data"),
        ({"Fn::Sub": ["${A}/${Stage}", {"A": {"Ref": "Size"}}]}, "3/live"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Size"}]]}, "a-3"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 512),
        ({"Fn::If": ["IsLive", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Both", 1, {"Fn::If": ["Either", 2, 3]}]}, 2),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"a": {"Fn::If": ["NotLive", 1, {"Ref": "AWS::NoValue"}]}}, {}),
        ({"plain": [{"deep": {"Ref": "Size"}}], "false": False}, {"plain": [{"deep": "3"}], "false": False}),
    ],
)
def test_resolves(resolver: Resolver, value: Any, expected: Any) -> None:
    assert resolver.resolve(value, "Here") == expected


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Fn::ImportValue": "x"}, "Fn::ImportValue"),
        ({"Ref": "Nobody"}, "Nobody"),
        ({"Fn::GetAtt": ["Topic", "Arn"]}, "Topic.Arn"),
        ({"Fn::Sub": "${Function.Version}"}, "Function.Version"),
        ({"Fn::If": ["Unknown", 1, 2]}, "Unknown"),
        ({"Fn::FindInMap": ["Sizes", "dead", "memory"]}, "Sizes.dead.memory"),
    ],
)
def test_what_is_unknown_is_named_with_its_resource(resolver: Resolver, value: Any, named: str) -> None:
    with pytest.raises(LocalError, match=rf"^Here: .*{named}"):
        resolver.resolve({"deep": [value]}, "Here")


def test_a_parameter_without_a_value_is_named() -> None:
    with pytest.raises(LocalError, match="Size"):
        Resolver(TEMPLATE, {})


def test_addresses_become_local(resolver: Resolver) -> None:
    resolver.addresses["https://api.execute-api.us-east-1.amazonaws.com"] = "http://127.0.0.1:1"
    url = {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"}
    assert resolver.resolve(url, "Here") == "http://127.0.0.1:1/live"


def test_existence_follows_conditions(resolver: Resolver) -> None:
    assert resolver.exists("Data")
    assert not resolver.exists("Absent")
    assert not resolver.exists("Nobody")
