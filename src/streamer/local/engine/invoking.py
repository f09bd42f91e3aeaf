"""Tasks that invoke functions, without HTTP between the engine and the functions of the same process.

moto 5.2.5 makes a client, and a request, for each task.
"""

import io
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from botocore.exceptions import ClientError

from streamer.local.aws_lambda.invocations import Outcome
from streamer.local.aws_lambda.lambdas import FunctionNotFound

Invoke = Callable[[str, bytes], Future[Outcome]]


class LambdaClient:
    """What a task needs of a boto3 client of Lambda."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke

    def invoke(self, *, FunctionName: str, Payload: bytes = b"{}", **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's
        """Return how the function ended, as boto3 returns it. Raises ClientError where there is none."""
        request_id = str(uuid.uuid4())
        try:
            outcome = self._invoke(FunctionName, Payload).result()
        except FunctionNotFound:
            message = f"Function not found: {FunctionName}"
            error = {"Error": {"Code": "ResourceNotFoundException", "Message": message}}
            raise ClientError(error | _metadata(request_id, 404), "Invoke") from None  # type: ignore[arg-type]
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": io.BytesIO(outcome.payload)}
        failed = {"FunctionError": "Unhandled"} if outcome.failed else {}
        return {**_metadata(request_id, 200), **answer, **failed}


def _metadata(request_id: str, status: int) -> dict[str, Any]:
    return {"ResponseMetadata": {"RequestId": request_id, "HTTPStatusCode": status, "RetryAttempts": 0}}
