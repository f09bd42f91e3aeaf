"""AWS clients, made once and only when a call needs one: boto3 is most of a cold start."""

import os
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient


def _config(connect: int, read: int, attempts: int) -> "Config":
    """Return short limits, in seconds: whoever calls has a client waiting."""
    from botocore.config import Config

    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "max_attempts": attempts},
    )


@cache
def jobs_table() -> "Table":
    """Return the table that holds the jobs: their rows, logs and checkpoints."""
    return _table(os.environ["JOBS_TABLE"])


@cache
def connections_table() -> "Table":
    """Return the table that holds who is connected."""
    return _table(os.environ["CONNECTIONS_TABLE"])


def _table(name: str) -> "Table":
    import boto3

    return boto3.resource("dynamodb", config=_config(connect=2, read=5, attempts=4)).Table(name)


@cache
def s3() -> "S3Client":
    """Return the client for the data bucket. Presigned URLs need signature version 4."""
    import boto3
    from botocore.config import Config

    style: Literal["path", "auto"] = "path" if "AWS_ENDPOINT_URL" in os.environ else "auto"
    return boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": style}))


def data_bucket() -> str:
    """Return the name of the bucket for records, intermediate data and results."""
    return os.environ["DATA_BUCKET"]


@cache
def step_functions() -> "SFNClient":
    """Return the client that starts executions."""
    import boto3

    return boto3.client("stepfunctions", config=_config(connect=2, read=10, attempts=2))


@cache
def connections_api() -> "ApiGatewayManagementApiClient":
    """Return the client that pushes to connections: a few short tries, for a push is not the truth."""
    import boto3

    url = os.environ["CONNECTIONS_URL"]
    config = _config(connect=2, read=3, attempts=3)
    return boto3.client("apigatewaymanagementapi", endpoint_url=url, config=config)
