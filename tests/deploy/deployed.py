"""What building and deploying give to the tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from streamer.client import Client
from streamer.client.errors import ConnectionRefused
from streamer.local import identity

NAME = "streamer"
PATIENCE = 300.0  # seconds; a function's first call unpacks its layers, on a machine that may be busy


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its socket, the endpoint for AWS's clients, its bucket, its tokens' key folder.

    `deploy` deploys the build again, and returns what SAM says.
    """

    ws_url: str
    endpoint_url: str
    bucket: str
    keys: Path
    deploy: Callable[[], str]

    def aws(self, service: str) -> Any:
        return boto3.Session().client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]

    def token(self, user: str = "ada", seconds: int = 3600, tenant: str = "acme") -> str:
        return identity.mint(self.keys, tenant, user, seconds)

    @asynccontextmanager
    async def client(
        self, user: str = "ada", seconds: int = 3600, tenant: str = "acme"
    ) -> AsyncIterator[Client]:
        """Connect, however long functions take to begin: here a first call unpacks its layers."""
        async with AsyncExitStack() as ending, asyncio.timeout(PATIENCE) as patience:
            while True:
                try:
                    client = Client(self.ws_url, self.token(user, seconds, tenant))
                    await ending.enter_async_context(client)
                    break
                except ConnectionRefused as refused:
                    if refused.status is not None:
                        raise
            patience.reschedule(None)
            yield client

    def named(self, logical_id: str) -> str:
        """Return a resource's physical id: a machine's ARN, of what else there is the name."""
        asked = {"StackName": NAME, "LogicalResourceId": logical_id}
        described = self.aws("cloudformation").describe_stack_resource(**asked)
        return str(described["StackResourceDetail"]["PhysicalResourceId"])
