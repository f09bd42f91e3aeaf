"""moto as the engine: DynamoDB, S3 and Step Functions in this process, with what it lacks put in.

moto carries LocalStack's Step Functions interpreter, but no JSONata evaluator; its parser keeps state
between machines and threads; its string variables lose their escapes; and every task makes a new client.
`executions` puts in what its executions lack, `callbacks` what its task tokens do.
"""

import functools
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from jsonata.jsonata import Jsonata
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import boto_client as moto_boto_client
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from streamer.local import aws
from streamer.local.engine import callbacks, executions, tables
from streamer.local.eventbridge.bus import Event

_LONGEST_TASK_SECONDS = 24 * 3600
_PREFIX = "moto.stepfunctions."
# moto's grammar has no Express children for a distributed Map. Here children are parts of their parent: they
# send no events and may take any time, so that nothing would tell the one kind from the other.
_EXPRESS_CHILDREN = re.compile(r'"ExecutionType"\s*:\s*"EXPRESS"')

_lock = Lock()
_endpoint_url = ""


def prepare(endpoint_url: str, publish: Callable[[Event], None]) -> Callable[..., Any]:
    """Make moto ready and empty; return its WSGI application.

    Tasks find Lambda at `endpoint_url`; `publish` is called with the status events of executions.
    """
    global _endpoint_url  # moto is a singleton of the process, and so is its endpoint
    _endpoint_url = endpoint_url
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
    callbacks.patch()
    _replace(moto_jsonata.eval_jsonata_expression, evaluate)
    _replace(moto_jsonata.encode_jsonata_variable_declarations, declare_variables)
    _replace(moto_boto_client.boto_client_for, _client_for)
    parse = AmazonStateLanguageParser.parse

    def parse_alone(definition: str) -> Any:
        # The stack is shared by all parsers, and a failed one leaves it full.
        with _lock:
            Preprocessor._query_language_per_scope.clear()  # noqa: SLF001
            return parse(_EXPRESS_CHILDREN.sub('"ExecutionType": "STANDARD"', definition))

    setattr(AmazonStateLanguageParser, "parse", staticmethod(parse_alone))  # noqa: B010


def _replace(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Put `new` wherever moto has imported `old` by name."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_PREFIX) and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)


def evaluate(expression: str) -> Any:
    """Evaluate JSONata to plain data; raise what the engine reports as States.QueryEvaluationError."""
    try:
        # The round trip sheds jsonata-python's own list type and refuses functions.
        return json.loads(json.dumps(Jsonata(expression).evaluate(None)))
    except Exception as error:
        raise moto_jsonata.JSONataException("UNKNOWN", str(error)) from error


def declare_variables(bindings: Mapping[str, Any]) -> str:
    """Return JSONata that assigns each value to its `$name`, whatever is in it."""
    return "".join(f"{name}:={json.dumps(value, default=str)};" for name, value in bindings.items())


def _client_for(region: str, service: str, state_credentials: object = None) -> Any:  # noqa: ARG001
    return _task_client(service)


_task_client = functools.cache(client)
