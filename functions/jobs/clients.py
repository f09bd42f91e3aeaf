"""AWS clients, made once and only when a call needs one: boto3 is most of a cold start."""

import os
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient


Client = TypeVar("Client")
Mode = Literal["standard", "adaptive"]

PUSHES_AT_ONCE = 32
USER_AGENT = "streamer"  # botocore's own is composed anew for each request: a fifth of what a write takes

_making = threading.RLock()  # boto3 makes one client at a time


class once(Generic[Client]):  # noqa: N801 - a decorator
    """Make what the function makes once, whichever threads ask for it."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = cache(make)
        self.cache_clear = self._make.cache_clear

    def __call__(self) -> Client:
        """Return it."""
        with _making:
            return self._make()


def _config(
    connect: int,
    read: int,
    attempts: int,
    *,
    connections: int = 10,
    mode: Mode = "standard",
    validate: bool = True,
) -> "Config":
    """Return short limits, in seconds: whoever calls has a client waiting."""
    from botocore.config import Config

    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": mode, "total_max_attempts": attempts},
        max_pool_connections=connections,
        user_agent=USER_AGENT,
        parameter_validation=validate,
    )


@once
def jobs_table() -> "Table":
    """Return the table that holds the jobs: their rows, logs and checkpoints."""
    return table_named(os.environ["JOBS_TABLE"])


@once
def connections_table() -> "Table":
    """Return the table that holds who is connected."""
    return table_named(os.environ["CONNECTIONS_TABLE"])


def table_named(name: str, attempts: int = 5, mode: Mode = "standard") -> "Table":
    """Return a table. Who writes to it faster than it takes is slowed down in the mode `adaptive`."""
    import boto3

    # DynamoDB looks at every parameter itself; to do so before is a fifth of what a write takes here.
    config = _config(connect=2, read=5, attempts=attempts, mode=mode, validate=False)
    return boto3.resource("dynamodb", config=config).Table(name)


@once
def s3() -> "S3Client":
    """Return the client for the data bucket. Presigned URLs need signature version 4."""
    import boto3
    from botocore.config import Config

    style: Literal["path", "auto"] = "path" if "AWS_ENDPOINT_URL" in os.environ else "auto"
    config = Config(
        signature_version="s3v4",
        user_agent=USER_AGENT,
        s3={"addressing_style": style},
        response_checksum_validation="when_required",  # TLS has looked at each byte that comes
    )
    return boto3.client("s3", config=config)


def data_bucket() -> str:
    """Return the name of the bucket for records, intermediate data and results."""
    return os.environ["DATA_BUCKET"]


@once
def step_functions() -> "SFNClient":
    """Return the client that starts executions."""
    import boto3

    return boto3.client("stepfunctions", config=_config(connect=2, read=10, attempts=3))


@once
def connections_api() -> "ApiGatewayManagementApiClient":
    """Return the client that pushes to connections: one short try, for a push is not the truth."""
    import boto3

    url = os.environ["CONNECTIONS_URL"]
    config = _config(connect=1, read=2, attempts=1, connections=PUSHES_AT_ONCE)
    return boto3.client("apigatewaymanagementapi", endpoint_url=url, config=config)
