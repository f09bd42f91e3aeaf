"""An invocation on its way, and how it ends."""

import asyncio
import json
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import get_ident


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


def when_done(future: Future[Outcome], tell: Callable[[Outcome], None]) -> None:
    """Call `tell` with the outcome on the running event loop; at once where it is that loop which ends it.

    To wake a loop from itself takes two system calls and another round of it.
    """
    loop = asyncio.get_running_loop()
    here = get_ident()

    def ended(done: Future[Outcome]) -> None:
        if get_ident() == here:
            tell(done.result())
        else:
            loop.call_soon_threadsafe(tell, done.result())

    future.add_done_callback(ended)
