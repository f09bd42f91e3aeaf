"""The local runner as a user starts it, with real data, once for all tests of this tier."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config
from mypy_boto3_dynamodb.service_resource import Table
from mypy_boto3_s3 import S3Client

from demo import flights
from demo.runner_process import Runner, running
from tests.support.stack import ROOT
from tests.support.trouble import application

CREDENTIALS = {
    "aws_access_key_id": "testing",
    "aws_secret_access_key": "testing",
    "region_name": "us-east-1",
}


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """The application with `trouble` added, and January's flights loaded."""
    template = application(tmp_path_factory.mktemp("application"))
    with running(template=template, overrides=["AllowedTenants=acme,globex"]) as started:
        flights.load(s3_of(started), started.bucket, months=flights.JANUARY)
        yield started


@pytest.fixture(scope="session")
def shipped() -> Iterator[Runner]:
    """What ships, unchanged."""
    with running(template=ROOT / "template.yaml") as started:
        yield started


def s3_of(runner: Runner) -> S3Client:
    config = Config(s3={"addressing_style": "path"}, signature_version="s3v4")
    return boto3.client("s3", endpoint_url=runner.endpoint_url, config=config, **CREDENTIALS)  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def s3(runner: Runner) -> S3Client:
    return s3_of(runner)


@pytest.fixture
def jobs(runner: Runner) -> Table:
    return table(runner, "JobsTable")


@pytest.fixture
def connected(runner: Runner) -> Table:
    return table(runner, "ConnectionsTable")


def table(runner: Runner, name: str) -> Table:
    resource = boto3.resource("dynamodb", endpoint_url=runner.endpoint_url, **CREDENTIALS)  # type: ignore[call-overload]
    (found,) = [each for each in resource.tables.all() if name.lower() in each.name.lower()]
    return found  # type: ignore[no-any-return]
