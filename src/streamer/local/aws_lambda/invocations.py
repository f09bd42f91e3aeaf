"""An invocation on its way, and how it ends."""

import json
import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: the function's answer, or with `failed` Lambda's error object, as JSON."""

    payload: bytes
    failed: bool = False


@dataclass(eq=False)
class Invocation:
    """One event on its way through a function. `future` always ends with an Outcome, never raises."""

    payload: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    future: Future[Outcome] = field(default_factory=Future)

    def fault(self, kind: str, what: str) -> Outcome:
        """Return the outcome for an invocation that Lambda itself has ended."""
        body = {"errorType": kind, "errorMessage": f"RequestId: {self.request_id} Error: {what}"}
        return Outcome(json.dumps(body).encode(), failed=True)
