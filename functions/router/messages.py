"""The `$default` route: in comes a frame, out goes an answer, an acknowledgment or an error."""

import os
import time
import uuid
from collections.abc import Callable
from typing import Any

from jobs.counting import count, flushed, took
from jobs.logger import begin, logger
from protocol import Acknowledgment, Error, ErrorBody, ErrorCode, Frame, Request, Response, encode
from router import control, snapshots
from router.registry import Identity, Registry
from router.requests import Rejected, check, parse, require

LARGEST_MESSAGE = 128 * 1024  # API Gateway sends no larger one

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def router(actions: Registry) -> Handler:
    """Return the Lambda handler that answers every frame; what it returns is the route's response."""
    control.register(actions)

    @flushed
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        request_id = None
        begin(context)
        try:
            request = parse(event.get("body"), binary=event.get("isBase64Encoded", False))
            request_id = request.id = request.id or uuid.uuid4().hex
            logger.append_keys(request_id=request_id)
            text = encode(_answer(actions, request, event["requestContext"]))
            if len(text.encode()) > LARGEST_MESSAGE:
                message = "The answer is larger than the 128 KB that a message can be."
                raise Rejected(ErrorCode.VALIDATION_ERROR, message)
        except Rejected as rejected:
            text = encode(_error(rejected.request_id or request_id, rejected.body()))
        except Exception as error:
            count("InternalErrors")
            logger.exception("action failed")
            text = encode(_error(request_id, _explain(error)))
        return {"statusCode": 200, "body": text}

    snapshots.before_snapshot(lambda: _prime(actions))
    return handler


def _prime(actions: Registry) -> None:
    """Make what a message may need, and a cold start puts off; nothing here calls anybody."""
    from jobs import clients
    from router import accepting, allowance, approving, cancelling, inquiry, replay  # noqa: F401

    for make in (clients.jobs_table, clients.step_functions, clients.connections_api, clients.s3):
        make()
    for name in actions:
        if action := actions.get(name):
            action.payload.rebuild()
    for model in (Request, Response, Acknowledgment, Error):
        model.model_rebuild()
    snapshots.load_logging()


def _answer(actions: Registry, request: Request, context: dict[str, Any]) -> Frame:
    action = actions.get(request.action)
    if action is None:
        available = {"available": list(actions)}
        raise Rejected(ErrorCode.INVALID_ACTION, "There is no such action.", details=available)
    identity = _identity(context)
    logger.append_keys(tenant=identity.tenant, action=action.name, connection=identity.connection)
    require(action.permission, identity, "The action asks for a permission that you do not have.")
    payload = check(action.payload, request)
    if action.runs_as_job(payload, float(os.environ["SYNC_THRESHOLD_SECONDS"])):
        # Imported here: an echo pays neither for boto3 nor for what needs it.
        from router.accepting import accept

        answer = accept(action, request, payload, identity, time.time())
        if "requestTimeEpoch" in context:  # not in what the console asks, which comes over no socket
            # Since API Gateway had the message: with the wait for a function, and its cold start.
            took("AcknowledgmentLatency", time.time() - context["requestTimeEpoch"] / 1000, action.name)
        return answer
    if action.handler is None:
        raise TypeError(f"{action.name} has no handler")
    if action.costly:
        from router.allowance import spend

        spend(identity.tenant)
    data = action.handler(payload, identity)
    return Response(request_id=request.id, timestamp=_now(), data=data)


def _identity(context: dict[str, Any]) -> Identity:
    who = context["authorizer"]
    permissions = frozenset((who.get("permissions") or "").split())
    return Identity(who["tenant"], who["user"], context["connectionId"], permissions)


def _explain(error: Exception) -> ErrorBody:
    """Say what a handler's failure means: the message of a PermanentError is written for the client."""
    from jobs.errors import PermanentError

    if isinstance(error, PermanentError):
        return ErrorBody(code=ErrorCode.PROCESSING_FAILED, message=str(error))
    return ErrorBody(code=ErrorCode.INTERNAL_ERROR, message="Something went wrong on our side.")


def _error(request_id: str | None, body: ErrorBody) -> Error:
    return Error(request_id=request_id, timestamp=_now(), error=body)


def _now() -> float:
    return round(time.time(), 3)
