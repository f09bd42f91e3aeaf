"""What building and deploying give to the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from streamer.local import identity

NAME = "streamer"


@dataclass(frozen=True)
class Build:
    """The template that `sam build` wrote, its artefacts beside it, and what it said."""

    template: Path
    said: str


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its socket, the endpoint for AWS's clients, its bucket, its tokens' key folder.

    `deploy` deploys the build again, with these parameters besides those of before.
    """

    ws_url: str
    endpoint_url: str
    bucket: str
    keys: Path
    deploy: Callable[..., str]

    def aws(self, service: str) -> Any:
        return boto3.Session().client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]

    def token(self, user: str = "ada", seconds: int = 3600) -> str:
        """Return a token of the tenant acme."""
        return identity.mint(self.keys, "acme", user, seconds)

    def named(self, logical_id: str) -> str:
        """Return a resource's physical id: a machine's ARN, of what else there is the name."""
        asked = {"StackName": NAME, "LogicalResourceId": logical_id}
        described = self.aws("cloudformation").describe_stack_resource(**asked)
        return str(described["StackResourceDetail"]["PhysicalResourceId"])
