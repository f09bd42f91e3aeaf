"""Makes a template's tables, buckets, queues and state machines in the engine."""

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from streamer.local.aws import ACCOUNT
from streamer.local.cloudformation.resources import Stack
from streamer.local.cloudformation.state_machines import StateMachine
from streamer.local.errors import LocalError

# CloudFormation's names for what S3 calls otherwise.
_CORS = {
    "AllowedHeaders": "AllowedHeaders",
    "AllowedMethods": "AllowedMethods",
    "AllowedOrigins": "AllowedOrigins",
    "ExposedHeaders": "ExposeHeaders",
    "MaxAge": "MaxAgeSeconds",
}
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/local"


def create(stack: Stack, machines: Iterable[StateMachine], client: Callable[[str], Any]) -> None:
    """Create what is stored, and `machines`, through the boto3 clients that `client` makes."""
    client = functools.cache(client)
    for name, properties in stack.of("AWS::DynamoDB::Table"):
        _create_table(client("dynamodb"), stack.resolver.name(name), properties)
    for name, properties in stack.of("AWS::S3::Bucket"):
        _create_bucket(client("s3"), stack.resolver.name(name), properties)
    for name, properties in stack.of("AWS::SQS::Queue"):
        _create_queue(client("sqs"), stack.resolver.name(name), properties)
    for machine in machines:
        create_machine(machine, client("stepfunctions"))


def allowed_origins(stack: Stack) -> set[str]:
    """Return the origins of web pages that the CORS of any of the buckets names."""
    rules = [
        rule
        for _, properties in stack.of("AWS::S3::Bucket")
        for rule in properties.get("CorsConfiguration", {}).get("CorsRules", [])
    ]
    return {origin for rule in rules for origin in rule["AllowedOrigins"]}


def create_machine(machine: StateMachine, stepfunctions: Any) -> None:
    """Create a state machine. Raises LocalError for one that the engine refuses."""
    with _told(machine):
        made = stepfunctions.create_state_machine(
            name=machine.name,
            definition=machine.definition,
            roleArn=_ROLE,
            type=machine.kind,
            publish=bool(machine.aliases),
        )
        _point_aliases(machine, made, stepfunctions)


def update_machine(machine: StateMachine, stepfunctions: Any) -> None:
    """Give a state machine its new definition; executions that run keep theirs. Raises LocalError."""
    with _told(machine):
        made = stepfunctions.update_state_machine(
            stateMachineArn=machine.arn, definition=machine.definition, publish=bool(machine.aliases)
        )
        _point_aliases(machine, made, stepfunctions)


def _point_aliases(machine: StateMachine, made: dict[str, Any], stepfunctions: Any) -> None:
    for alias in machine.aliases:  # the engine takes an alias that is there for one that moves
        route = {"stateMachineVersionArn": made["stateMachineVersionArn"], "weight": 100}
        stepfunctions.create_state_machine_alias(name=alias, routingConfiguration=[route])


@contextlib.contextmanager
def _told(machine: StateMachine) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        reason = " ".join(error.response["Error"]["Message"].split())
        raise LocalError(f"{machine.source or machine.name}: {reason}") from error


def _create_bucket(s3: Any, name: str, properties: dict[str, Any]) -> None:
    s3.create_bucket(Bucket=name)
    rules = properties.get("CorsConfiguration", {}).get("CorsRules")
    if rules:
        given = [{_CORS[key]: value for key, value in rule.items() if key in _CORS} for rule in rules]
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": given})


def _create_queue(sqs: Any, name: str, properties: dict[str, Any]) -> None:
    kept = {"MessageRetentionPeriod", "VisibilityTimeout"}
    sqs.create_queue(
        QueueName=name, Attributes={key: str(properties[key]) for key in kept & properties.keys()}
    )


def _create_table(dynamodb: Any, name: str, properties: dict[str, Any]) -> None:
    accepted = dynamodb.meta.service_model.operation_model("CreateTable").input_shape.members
    # moto wants keys of its own for encryption, and nothing here looks at it.
    given = {key: value for key, value in properties.items() if key in accepted and key != "SSESpecification"}
    if "StreamSpecification" in given:
        given["StreamSpecification"] = {"StreamEnabled": True, **given["StreamSpecification"]}
    dynamodb.create_table(**{**given, "TableName": name})
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )
