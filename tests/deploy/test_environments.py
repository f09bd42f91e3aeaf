"""samconfig.toml's environments: to the stock SAM CLI each is a stack of its own, tags included."""

from pathlib import Path

import boto3
import pytest

from scripts.environment import read
from tests.deploy.sam_cli import ROOT, sam

# What matters here is the configuration: the application's own template takes minutes.
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  LogRetentionDays: {Type: Number, Default: 1}
  MostJobsPerTenant: {Type: Number, Default: 1}
Resources:
  Topic: {Type: AWS::SNS::Topic}
Outputs:
  Days: {Value: !Ref LogRetentionDays}
"""


@pytest.mark.parametrize(("name", "days"), [("dev", "14"), ("prod", "365")])
def test_an_environment_is_a_stack_of_its_own(name: str, days: str, ministack: str, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    sam(
        "deploy",
        *("--template-file", template, "--config-file", ROOT / "samconfig.toml", "--config-env", name),
        *("--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", *read(name).parameters),
        AWS_ENDPOINT_URL=ministack,
    )
    client = boto3.client("cloudformation", endpoint_url=ministack)
    (stack,) = client.describe_stacks(StackName=read(name).stack)["Stacks"]
    assert {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]} == {"Days": days}
    tags = {each["Key"]: each["Value"] for each in stack["Tags"]}
    assert tags == {"application": "streamer", "environment": name}
