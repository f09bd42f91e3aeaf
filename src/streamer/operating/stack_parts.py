"""The parts of a stack: what its template declares, as CloudFormation lists it, or the local runner."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from streamer.console.reading.place import Place

TABLE, FUNCTION, MACHINE = "AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"
BUCKET, API, RULE = "AWS::S3::Bucket", "AWS::ApiGatewayV2::Api", "AWS::Events::Rule"
FUNCTION_ALIAS, MACHINE_ALIAS = "AWS::Lambda::Alias", "AWS::StepFunctions::StateMachineAlias"
ALARM, LOG_GROUP, QUEUE = "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup", "AWS::SQS::Queue"


@dataclass(frozen=True)
class Part:
    """A resource: its logical id, its type, and its name on AWS (of a machine, its ARN)."""

    logical: str
    kind: str
    name: str


class Parts:
    """All of a stack's."""

    def __init__(self, listed: Iterable[Mapping[str, Any]]) -> None:
        self._parts = [
            Part(each["LogicalResourceId"], each["ResourceType"], each["PhysicalResourceId"])
            for each in listed
            if each.get("PhysicalResourceId")
        ]

    def of(self, kind: str) -> list[Part]:
        """Return those of a type."""
        return [part for part in self._parts if part.kind == kind]

    def name(self, logical: str) -> str:
        """Return the name of the one with a logical id; "" where there is none."""
        return next((part.name for part in self._parts if part.logical == logical), "")


def of_stack(place: Place) -> Parts:
    """Return the parts of a deployed stack. Raises ClientError."""
    pages = place.client("cloudformation").get_paginator("list_stack_resources")
    return Parts(
        each for page in pages.paginate(StackName=place.stack) for each in page["StackResourceSummaries"]
    )
