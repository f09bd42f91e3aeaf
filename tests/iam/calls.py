"""What functions call, as IAM sees it: caught where boto3 sends it, and read by ministack's own rules."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from botocore import xform_name
from ministack.core.iam_actions import (  # type: ignore[import-untyped]
    dynamodb_transaction_checks,
    extract_iam_action,
    extract_resource_arn,
    s3_additional_checks,
    s3_service_context,
)

from streamer.local.aws import ACCOUNT, REGION
from tests.support.stack import ROOT

FUNCTIONS = str(ROOT / "functions")


@dataclass(frozen=True)
class Call:
    """An action on a resource; `keys` are the condition keys that the request carries."""

    action: str
    resource: str
    keys: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return " ".join([self.action, self.resource, *(f"{key}={value}" for key, value in self.keys)])


@dataclass(frozen=True)
class Site:
    """Where in functions/ a request came from: file, outermost function, and boto3's name of it."""

    file: str
    function: str
    operation: str


Take = Callable[[Site, list[Call]], None]


@dataclass(frozen=True)
class About:
    """What no request tells: the ARNs of the API's stage, and of the machines whose tasks have tokens."""

    stage: str
    waiting: tuple[str, ...]


def listen(session: Any, take: Take, about: About) -> None:
    """Tell `take` of every request that the session's clients send, and of every link that they sign.

    A key that is not there counts as a listing too: S3 tells only who may list it, by the key as `s3:prefix`;
    to all others it is forbidden.
    """

    def sent(request: Any, event_name: str, **_: Any) -> None:
        service, operation = event_name.split(".")[1:]
        take(_site(operation), _READERS[service](operation, request, urlsplit(request.url), about))

    def signed(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if context.get("is_presign_request"):
            path = f"/{params['Bucket']}/{params['Key']}"
            take(_site("generate_presigned_url"), _s3(model.http["method"], path, {}, {}))

    def answered(http_response: Any, model: Any, **_: Any) -> None:
        if http_response.status_code == 404 and model.name in {"GetObject", "HeadObject"}:
            bucket, key = _path(urlsplit(http_response.url)).lstrip("/").split("/", 1)
            call = Call("s3:ListBucket", f"arn:aws:s3:::{bucket}", (("s3:prefix", key),))
            take(_site(model.name), [call])

    session.events.register_first("before-send", sent)
    session.events.register("before-parameter-build.s3", signed)
    session.events.register("after-call.s3", answered)


def _s3(
    method: str, path: str, headers: dict[str, str], query: dict[str, str], body: bytes = b""
) -> list[Call]:
    action = extract_iam_action("s3", method, path, headers, body, query)
    assert action, (method, path, query)
    resource = extract_resource_arn("s3", method, path, headers, body, query, REGION, ACCOUNT)
    asked = s3_service_context(action, query) if action == "s3:ListBucket" else {}
    keys = [("s3:prefix", asked["s3:prefix"])] if "s3:prefix" in asked else []
    more = s3_additional_checks(method, path, headers, body, query)
    return [Call(action, resource, (*keys,)), *(Call(*each) for each in more)]


def _of_s3(_operation: str, request: Any, address: SplitResult, _about: About) -> list[Call]:
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    body = request.body if isinstance(request.body, bytes) else b""  # what is uploaded may be a file
    return _s3(request.method, _path(address), headers, query, body)


def _of_dynamodb(operation: str, request: Any, _address: SplitResult, _about: About) -> list[Call]:
    action, body = f"dynamodb:{operation}", request.body
    if checks := dynamodb_transaction_checks(action, body, REGION, ACCOUNT):
        return [Call(*check) for check in checks]
    return [Call(action, extract_resource_arn("dynamodb", "POST", "/", {}, body, {}, REGION, ACCOUNT))]


def _of_step_functions(operation: str, request: Any, _address: SplitResult, about: About) -> list[Call]:
    """A token names no machine: AWS holds it to the one whose task it is, evaluators say `*`."""
    asked = json.loads(request.body)
    arns = about.waiting if "taskToken" in asked else [asked.get("stateMachineArn") or asked["executionArn"]]
    return [Call(f"states:{operation}", arn) for arn in arns]


def _of_connections(_operation: str, request: Any, address: SplitResult, about: About) -> list[Call]:
    connection = unquote(address.path).partition("/@connections/")[2]
    resource = f"{about.stage}/{request.method}/@connections/{connection}"
    return [Call("execute-api:ManageConnections", resource)]


_READERS = {
    "apigatewaymanagementapi": _of_connections,
    "dynamodb": _of_dynamodb,
    "s3": _of_s3,
    "sfn": _of_step_functions,
}


def _path(address: SplitResult) -> str:
    """Return bucket and key as a path, wherever the address has the bucket."""
    host, path = address.hostname or "", unquote(address.path)
    return path if host.startswith("s3.") else f"/{host.partition('.')[0]}{path}"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _site(operation: str) -> Site:
    frame: FrameType | None = sys._getframe(1)
    while frame and not frame.f_code.co_filename.startswith(FUNCTIONS):
        frame = frame.f_back
    assert frame, f"{operation}: nothing in functions/ asked for it"
    file = frame.f_code.co_filename.removeprefix(FUNCTIONS).lstrip("/")
    return Site(file, frame.f_code.co_qualname.partition(".<locals>")[0], xform_name(operation))
