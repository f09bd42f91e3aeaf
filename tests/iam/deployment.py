"""The template's functions and machines on moto, in this process; each function's calls are kept."""

import importlib
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

import jobs.clients
from streamer.local.aws import ACCOUNT, REGION
from streamer.local.aws_lambda.invocations import Outcome
from streamer.local.cloudformation.creating import create
from streamer.local.cloudformation.lambda_functions import functions_of
from streamer.local.cloudformation.state_machines import state_machines_of
from streamer.local.engine import backend
from streamer.local.engine.invoking import LambdaClient
from tests.iam.calls import About, Call, Site, listen
from tests.iam.roles import stack
from tests.support.connections import Connections
from tests.support.identity_provider import IdentityProvider
from tests.support.steps import LambdaContext

DEADLINE_SECONDS = 60

Event = dict[str, Any]
Around = Callable[[str, Event, Callable[[Event], Any]], Any]


def _stage() -> str:
    """Return the ARN of the WebSocket API's stage."""
    resolver = stack().resolver
    place = resolver.resolve({"Fn::Sub": "${WebSocketApi}/${StageName}"}, "stage")
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{place}"


class Deployment:
    """Calls functions as AWS does. `calls` has what each of them that ran, by logical id, has called so far.

    `around(function, event, run)` may change what a machine's task is given, and what becomes of it. In
    `fails` are functions whose uploads break off.
    """

    def __init__(self, connections: Connections, provider: IdentityProvider) -> None:
        self.stack, self.connections = stack(), connections
        self._addresses = {"CONNECTIONS_URL": connections.url, "JWKS_URL": provider.url}
        self.functions = {each.name.removeprefix("streamer-"): each for each in functions_of(self.stack)}
        self.machines = {each.name.removeprefix("streamer-"): each for each in state_machines_of(self.stack)}
        self.calls: dict[str, set[Call]] = defaultdict(set)
        self.sites: set[Site] = set()
        self.fails: set[str] = set()
        self.around: Around = lambda _name, event, run: run(event)
        self._session = boto3.session.Session(region_name=REGION)  # nobody listens to it
        self._lock = threading.RLock()
        self._running = ""
        create(self.stack, self.machines.values(), self.client)
        self.jobs = self._session.resource("dynamodb").Table(self.stack.resolver.name("JobsTable"))
        self.bucket = self.stack.resolver.name("DataBucket")
        waiting = tuple(each.arn for each in self.machines.values() if ".waitForTaskToken" in each.definition)
        boto3.setup_default_session(region_name=REGION)
        listen(boto3.DEFAULT_SESSION, self._take, About(_stage(), waiting))

    def client(self, service: str) -> Any:
        return self._session.client(service)  # type: ignore[call-overload]

    def call(self, name: str, event: Event) -> Any:
        """Run a function, and return what it returns; its environment is what the template gives it."""
        function = self.functions[name]
        module, _, handler = function.handler.rpartition(".")
        # One at a time: whose call it is must be clear.
        with self._lock, pytest.MonkeyPatch.context() as patch:
            for variable, value in function.environment.items():
                patch.setenv(variable, self._addresses.get(variable, value))
            self._running = name
            self.calls[name] |= set()
            try:
                return getattr(importlib.import_module(module), handler)(event, LambdaContext())
            finally:
                self._running = ""

    def invoke(self, arn: str, payload: bytes) -> Future[Outcome]:
        """Call a function for a machine's task."""
        future: Future[Outcome] = Future()
        name = arn.split(":")[6].removeprefix("streamer-")  # the rest is its version
        with self._lock:
            try:
                result = self.around(name, json.loads(payload), lambda event: self.call(name, event))
                future.set_result(Outcome(json.dumps(result).encode()))
            except Exception as error:
                told = {"errorType": type(error).__name__, "errorMessage": str(error)}
                future.set_result(Outcome(json.dumps(told).encode(), failed=True))
        return future

    @contextmanager
    def apart(self) -> Iterator[set[Call]]:
        """Yield the calls that are made meanwhile, which count for nothing else."""
        before, sites = self.calls, self.sites
        self.calls, self.sites = defaultdict(set), set()
        calls: set[Call] = set()
        try:
            yield calls
        finally:
            calls.update(*self.calls.values())
            self.calls, self.sites = before, sites

    def wait(self, ready: Callable[[], Any]) -> Any:
        """Return what `ready` returns as soon as it is something."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (found := ready()):
            assert time.monotonic() < deadline, "nothing came of it"
            time.sleep(0.02)
        return found

    def _take(self, site: Site, calls: list[Call]) -> None:
        assert self._running, f"{site}: no function runs"
        self.sites.add(site)
        self.calls[self._running].update(calls)
        if site.operation == "upload_part" and self._running in self.fails:
            raise RuntimeError("the upload breaks off")


@contextmanager
def deployed(connections: Connections, provider: IdentityProvider) -> Iterator[Deployment]:
    """Yield the application, deployed; no retry waits there."""
    clients = [value for value in vars(jobs.clients).values() if hasattr(value, "cache_clear")]
    with (
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        for client in clients:
            client.cache_clear()
        backend._patch()
        made = Deployment(connections, provider)
        patch.setattr(backend, "_lambda", LambdaClient(made.invoke))
        patch.setattr(backend, "_task_client", made.client)
        patch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: None))
        yield made
    for client in clients:
        client.cache_clear()
