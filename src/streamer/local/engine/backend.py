"""moto as the engine: DynamoDB, S3 and Step Functions in this process, with what it lacks put in.

moto 5.2.5 carries LocalStack's Step Functions interpreter, whose every task makes a new client. The modules
beside this one mend what their names say, and tell what moto does and in which version that was seen;
`tests/unit/local/engine/test_upstream.py` fails when it does so no more.
"""

import functools
import logging
import os
from collections.abc import Callable
from threading import Lock
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.asl.utils import boto_client as moto_boto_client
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from streamer.local import aws
from streamer.local.engine import (
    aliases,
    callbacks,
    definitions,
    executions,
    expressions,
    histories,
    repeats,
    tables,
)
from streamer.local.engine.expressions import replace
from streamer.local.engine.invoking import Invoke, LambdaClient
from streamer.local.eventbridge.bus import Event

_LONGEST_TASK_SECONDS = 24 * 3600

_lock = Lock()
_endpoint_url = ""
_lambda: LambdaClient | None = None


def prepare(endpoint_url: str, publish: Callable[[Event], None], invoke: Invoke) -> Callable[..., Any]:
    """Make moto ready and empty; return its WSGI application.

    Tasks call functions by `invoke`, and find what else there is at `endpoint_url`; `publish` is called
    with the status events of executions.
    """
    global _endpoint_url, _lambda  # moto is a singleton of the process, and so is what it calls
    _endpoint_url, _lambda = endpoint_url, LambdaClient(invoke)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    _patch()
    executions.watch(publish)
    _task_client.cache_clear()
    BackendDict.reset()
    application: Callable[..., Any] = DomainDispatcherApplication(create_backend_app)
    return application


def client(service: str) -> Any:
    """Return a boto3 client of the local endpoint. Clients may be shared by threads."""
    with _lock:  # sessions may not
        return _session().client(
            service,
            endpoint_url=_endpoint_url,
            config=Config(
                inject_host_prefix=False,
                max_pool_connections=100,
                parameter_validation=False,
                read_timeout=_LONGEST_TASK_SECONDS,
                retries={"total_max_attempts": 1},
            ),
        )


def stop_executions() -> None:
    """Abort what still runs, so that no thread goes on without functions to call; no event tells of it."""
    executions.watch(None)
    for machine in stepfunctions_parser_backends[aws.ACCOUNT][aws.REGION].state_machines:
        executions.abort(machine.executions)


@functools.cache
def _session() -> Any:  # its typed overloads want the service's name as a literal
    variables: Any = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.session.Session(
        aws_access_key_id=aws.ACCESS_KEY_ID,
        aws_secret_access_key=aws.SECRET_ACCESS_KEY,
        region_name=aws.REGION,
        botocore_session=botocore.session.Session(session_vars=variables),
    )


@functools.cache
def _patch() -> None:
    # It writes a page for every failed state; the runner has a line for every failed execution.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    # It tells any page that it may read every answer; what a page may read, its bucket's CORS says.
    setattr(werkzeug_app, "DISABLE_GLOBAL_CORS", True)  # noqa: B010 - mypy: not exported
    tables.make_atomic()
    aliases.patch()
    callbacks.patch()
    definitions.patch()
    expressions.patch()
    histories.patch()
    repeats.patch()
    replace(moto_boto_client.boto_client_for, _client_for)


def _client_for(region: str, service: str, state_credentials: object = None) -> Any:  # noqa: ARG001
    return _lambda if service == "lambda" and _lambda else _task_client(service)


_task_client = functools.cache(client)
