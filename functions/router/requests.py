"""From a frame's text to a checked request: pure, and every fault is told at once."""

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from protocol import ErrorBody, ErrorCode, Request, RequestId
from router.registry import Identity

LARGEST_METADATA = 32 * 1024
MOST_FAULTS, LONGEST_PATH = 50, 300
LONGEST_INTEGER = 308  # digits; a longer one is beyond all floats, which other readers make of it
DEEPEST = 100  # pydantic writes 255 levels, an answer has some of its own

_REQUEST_ID = TypeAdapter(RequestId)


@dataclass
class Rejected(Exception):  # noqa: N818 - what happened to the request
    """The client gets `body`, and `request_id` as far as it could be read."""

    code: ErrorCode
    message: str
    request_id: str | None = None
    details: Any = field(default=None)

    def body(self) -> ErrorBody:
        """Return the error as it goes into a frame."""
        return ErrorBody(code=self.code, message=self.message, details=self.details)


def parse(body: str | None, *, binary: bool = False) -> Request:
    """Read the envelope `{action, id?, payload?, metadata?}`.

    Raises:
        Rejected: VALIDATION_ERROR, with all faults and their JSON paths.
    """
    if binary:
        raise Rejected(ErrorCode.VALIDATION_ERROR, "The frame is binary; send JSON as text.")
    try:
        document = json.loads(body or "", parse_constant=_no_constant, parse_int=_integer)
        # What JSON can say but an answer could not: half a surrogate pair, a number beyond all floats.
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Rejected(ErrorCode.VALIDATION_ERROR, "The frame is not JSON.") from None
    if not isinstance(document, dict):
        raise Rejected(ErrorCode.VALIDATION_ERROR, "The frame is not a JSON object.")
    if _is_deep(document):
        raise Rejected(ErrorCode.VALIDATION_ERROR, f"The frame is nested over {DEEPEST} levels deep.")
    try:
        request = Request.model_validate(document)
    except ValidationError as error:
        raise Rejected(
            ErrorCode.VALIDATION_ERROR, "The request is not valid.", _readable_id(document), faults(error)
        ) from None
    # As it travels with the execution, whose input and state are 256 KiB at most.
    if len(json.dumps(request.metadata)) > LARGEST_METADATA:
        fault = {
            "path": "$.metadata",
            "message": f"must not be over {LARGEST_METADATA} bytes, written in ASCII",
        }
        raise Rejected(ErrorCode.VALIDATION_ERROR, "The request is not valid.", request.id, [fault])
    return request


def require(permission: str | None, identity: Identity, message: str) -> None:
    """Pass who has the permission, or everybody where none is asked for.

    Raises:
        Rejected: UNAUTHORIZED, with the permission's name.
    """
    if permission is not None and permission not in identity.permissions:
        raise Rejected(ErrorCode.UNAUTHORIZED, message, details={"permission": permission})


def check(kind: TypeAdapter[Any], request: Request) -> Any:
    """Return the payload as its action's model.

    Raises:
        Rejected: VALIDATION_ERROR, with all faults and their JSON paths.
    """
    try:
        return kind.validate_python(
            {} if request.payload is None and _wants_object(kind) else request.payload
        )
    except ValidationError as error:
        raise Rejected(
            ErrorCode.VALIDATION_ERROR, "The payload is not valid.", request.id, faults(error, "payload")
        ) from None


def faults(error: ValidationError, *prefix: str) -> list[dict[str, str]]:
    """List what is wrong as `{"path": "$.payload.start_date", "message": …}`, as much as a message holds."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    listed = [
        {
            "path": _path((*prefix, *fault["loc"]))[:LONGEST_PATH],
            "message": fault["msg"].removeprefix("Value error, ")[:LONGEST_PATH],
        }
        for fault in found[:MOST_FAULTS]
    ]
    if len(found) > MOST_FAULTS:
        listed.append({"path": "$", "message": f"and {len(found) - MOST_FAULTS} more faults"})
    return listed


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(DEEPEST + 1):
        nested = [value for value in level if isinstance(value, dict | list)]
        level = [part for value in nested for part in (value.values() if isinstance(value, dict) else value)]
    return bool(level)


def _path(steps: tuple[int | str, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _readable_id(document: dict[str, Any]) -> str | None:
    try:
        return _REQUEST_ID.validate_python(document.get("id"))
    except ValidationError:
        return None


def _wants_object(kind: TypeAdapter[Any]) -> bool:
    return kind.core_schema["type"] in {"model", "function-after", "function-before", "function-wrap"}


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > LONGEST_INTEGER:
        raise ValueError("a number beyond all floats")
    return int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
