"""Where a console looks: one stack's table, bucket and account, through the endpoint that it is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

from streamer.console.reading import aws_console

_LOCK = Lock()


@dataclass(frozen=True)
class Place:
    """A stack as AWS's APIs show it; `local` where an endpoint stands for AWS.

    `make_session` returns a boto3 Session; it is asked when the first page is opened. `router` is the
    function that takes every request, "" where it is not known.
    """

    stack: str
    jobs_table: str
    data_bucket: str
    make_session: Callable[[], Any] = field(repr=False)
    endpoint_url: str | None = None
    router: str = ""

    @cached_property
    def session(self) -> Any:
        """The boto3 Session."""
        return self.make_session()

    @property
    def local(self) -> bool:
        """Whether something else stands for AWS."""
        return self.endpoint_url is not None

    def links(self, execution: str, trace: str = "") -> dict[str, str]:
        """Return where AWS's console shows an execution, by name; `trace` is the header of its trace."""
        if self.local:
            return {}
        traced = aws_console.of_trace(execution.split(":")[3], trace)
        found = {"Step Functions console": aws_console.of_execution(execution), "X-Ray trace": traced}
        return {name: link for name, link in found.items() if link}

    def client(self, service: str, read_seconds: float = 20, tries: int = 3) -> Any:
        """Return a client, which threads may share; its limits give up early: a person waits."""
        config = self._config(read_seconds, tries)
        with _LOCK:  # a session may not be
            return self.session.client(service, endpoint_url=self.endpoint_url, config=config)

    def resource(self, service: str) -> Any:
        """Return a resource."""
        with _LOCK:
            return self.session.resource(service, endpoint_url=self.endpoint_url, config=self._config())

    def _config(self, read_seconds: float = 20, tries: int = 3) -> Any:
        from botocore.config import Config

        return Config(
            connect_timeout=3,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": tries},
            inject_host_prefix=False,
            s3={"addressing_style": "path"} if self.local else {},
        )


class StackError(Exception):
    """The stack cannot be read; the message says why."""


def local(
    jobs_table: str, data_bucket: str, endpoint_url: str, stack: str, region: str, router: str = ""
) -> Place:
    """Return the place of a local runner; whatever credentials the user has, they are not used."""

    def session() -> Any:
        import boto3

        return boto3.session.Session(
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the runner checks none
            region_name=region,
        )

    return Place(stack, jobs_table, data_bucket, session, endpoint_url, router)


def deployed(stack: str, profile: str | None, region: str | None, endpoint_url: str | None) -> Place:
    """Return the place of a deployed stack, by the user's own credentials.

    Raises:
        StackError: there is none, it has no JobsTable, or one may not look.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session = boto3.session.Session(profile_name=profile, region_name=region)
        place = Place(stack, "", "", lambda: session, endpoint_url)
        table, bucket = (_physical(place, name) for name in ("JobsTable", "DataBucket"))
        router = _router(place)
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"The stack {stack} cannot be read: {error}") from error
    return Place(stack, table, bucket, lambda: session, endpoint_url, router)


def _router(place: Place) -> str:
    """Return the function that takes every request, by its alias; "" where the stack calls it otherwise."""
    from botocore.exceptions import ClientError

    try:
        return _physical(place, "MessageFunctionAliaslive")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return ""


def _physical(place: Place, name: str) -> str:
    answer = place.client("cloudformation").describe_stack_resource(
        StackName=place.stack, LogicalResourceId=name
    )
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])
