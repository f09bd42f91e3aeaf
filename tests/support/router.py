"""The message handler as API Gateway calls it."""

import json
import time
from typing import Any

import boto3

from actions import handler
from tests.support.steps import LambdaContext

REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf"}


def make_machine(name: str = "streamer-generate_report") -> str:
    """Create a state machine that does nothing, under a shipped one's name and alias; return its ARN."""
    definition = {"StartAt": "Rest", "States": {"Rest": {"Type": "Succeed"}}}
    client = boto3.client("stepfunctions")
    made = client.create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::123456789012:role/x",
        publish=True,
    )
    version = made["stateMachineVersionArn"]
    client.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
    )
    return made["stateMachineArn"]


def send(
    action: str,
    payload: Any = None,
    *,
    request_id: str = "r1",
    tenant: str = "acme",
    connection: str = "c1",
    user: str = "ada",
    permissions: str = "",
    **more: Any,
) -> dict[str, Any]:
    who = {"tenant": tenant, "user": user, "permissions": permissions}
    event = {
        "body": json.dumps({"action": action, "id": request_id, "payload": payload, **more}),
        "requestContext": {
            "connectionId": connection,
            "authorizer": who,
            "requestTimeEpoch": int(time.time() * 1000),
        },
    }
    answer: dict[str, Any] = json.loads(handler(event, LambdaContext())["body"])
    return answer
