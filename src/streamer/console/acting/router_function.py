"""The application's router, asked by an operator as API Gateway asks it for a client.

Whoever may invoke the function may say who asks. So an operator says who he is, and gets what the router
gives to two permissions: he is named wherever a user would be.
"""

import json
import re
import uuid
from functools import cached_property
from typing import Any

from streamer.console.reading.place import Place

PERMISSIONS = "jobs:cancel jobs:approve"
LARGEST_MESSAGE = 128 * 1024  # of a client; an operator's is no larger
SECONDS = 30  # the router has 29

Frame = dict[str, Any]


class ActionError(Exception):
    """Nothing was done, or nobody can say what; the message is for the person who asked."""


class RouterFunction:
    """Asks the router of a place."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @cached_property
    def user(self) -> str:
        """Who asks: `operator`, on AWS with the name that the credentials have there."""
        if self._place.local:
            return "operator"
        arn = self._place.client("sts").get_caller_identity()["Arn"]
        return f"operator:{re.split('[:/]', arn)[-1]}"

    @cached_property
    def _lambda(self) -> Any:
        # One try: a second one could find what the first has done, and call it a conflict.
        return self._place.client("lambda", read_seconds=SECONDS, tries=1)

    def ask(self, tenant: str, action: str, payload: Any, metadata: Any = None) -> Frame:
        """Return the frame that the router answers: `response`, `acknowledgment` or `error`.

        Raises:
            ActionError: it is too large, or the function failed.
            ClientError: one may not invoke it, or there is no such function.
        """
        request = {"action": action, "id": uuid.uuid4().hex, "payload": payload, "metadata": metadata or {}}
        body = json.dumps(request)
        if len(body) > LARGEST_MESSAGE:
            raise ActionError(f"{len(body):,} bytes are more than the {LARGEST_MESSAGE:,} of a message.")
        who = {"tenant": tenant, "user": self.user, "permissions": PERMISSIONS}
        event = {"body": body, "requestContext": {"connectionId": "", "authorizer": who}}
        answer = self._lambda.invoke(FunctionName=self._place.router, Payload=json.dumps(event).encode())
        told = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise ActionError(f"The router failed: {told.get('errorMessage', told)}")
        frame: Frame = json.loads(told["body"])
        return frame
