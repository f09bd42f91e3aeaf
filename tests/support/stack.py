"""The template's tables and bucket on moto, in process: nothing of them is written twice."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from moto import mock_aws

import jobs.clients
from streamer.local.cloudformation.template import transform
from streamer.local.engine import aliases
from streamer.local.engine.tables import make_atomic

ROOT = Path(__file__).parents[2]
TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
PARAMETERS = {"JwksUrl": "http://127.0.0.1:1/keys", "JwtIssuer": "tests"}

# Never the credentials of whoever runs this; and what the template gives to functions.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Streamer",
    "POWERTOOLS_SERVICE_NAME": "streamer",
    "JOBS_TABLE": "JobsTable",
    "CONNECTIONS_TABLE": "ConnectionsTable",
    "DATA_BUCKET": "databucket",
    "RECORDS_TABLE": "RecordsTable",
    "STATE_MACHINES": "arn:aws:states:us-east-1:123456789012:stateMachine:streamer-",
    "STATE_MACHINE_QUALIFIER": ":live",
    "SYNC_THRESHOLD_SECONDS": "5",
    "MOST_JOBS_PER_TENANT": "200",
    "MOST_COSTLY_CALLS_PER_MINUTE": "1000000",
    "RECORDS_PREFIX": "records",
    "MEASURE_COLUMN": "distance",
    "DIMENSION_COLUMN": "carrier",
    "RESULT_URL_SECONDS": "3600",
}
os.environ |= ENVIRONMENT
for _name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(_name, None)
# Each session would read anew what AWS's services take and give, which lasts longer than most tests.
botocore.session.create_loader = cache(botocore.session.create_loader)


@contextmanager
def counted() -> Iterator[list[str]]:
    """AWS on moto, in process, with the template's tables and bucket. Yields the calls that are made."""
    make_atomic()
    aliases.patch()
    calls: list[str] = []
    clients = [value for value in vars(jobs.clients).values() if hasattr(value, "cache_clear")]
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        for client in clients:
            client.cache_clear()
        boto3.setup_default_session()
        create()
        assert boto3.DEFAULT_SESSION
        boto3.DEFAULT_SESSION.events.register(
            "before-call", lambda model, **_: calls.append(f"{model.service_model.service_name}:{model.name}")
        )
        yield calls
    for client in clients:
        client.cache_clear()


@cache
def template() -> dict[str, Any]:
    """Return template.yaml as plain CloudFormation."""
    return transform(ROOT / "template.yaml", PARAMETERS)


def create() -> None:
    """Create every table and bucket under its logical name."""
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    for name, resource in template()["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::DynamoDB::Table":
            dynamodb.create_table(
                TableName=name,
                **{key: properties[key] for key in TABLE_PROPERTIES if key in properties},
            )
        elif resource["Type"] == "AWS::S3::Bucket":
            s3.create_bucket(Bucket=name.lower())
