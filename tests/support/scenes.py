"""Scenes in which everything that the application counts happens. The functions count; nothing here does."""

import json
import os
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from jobs.clients import connections_table, jobs_table
from jobs.clock import SystemClock
from jobs.log import JobLog
from progress import Outcome, Progress, ended, settle, step, sweeping
from protocol import Progress as Frame
from router import connections, tokens
from router.key_set import FRESH_SECONDS, Keys, NoKeys
from tests.support.connections import Connections
from tests.support.identity_provider import (
    ISSUER,
    IdentityProvider,
    claims,
    connect,
    environment,
    is_refused,
    sign,
)
from tests.support.router import REPORT, make_machine, send
from tests.support.steps import LambdaContext, claim, event
from tests.support.table import refusal

CONNECTION = {
    "requestContext": {
        "connectionId": "c1",
        "connectedAt": 1_700_000_000_123,
        "identity": {"sourceIp": "192.0.2.1"},
        "authorizer": {"tenant": "acme", "user": "ada", "permissions": "", "token_expires_at": "1700003600"},
    }
}
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:streamer-test:x"


def handshakes() -> None:
    """Tokens that are missing, old, forged, of a tenant that may not, and keys that are out of reach."""
    provider = IdentityProvider()
    given = environment(JwksUrl=provider.url, JwtIssuer=ISSUER)
    with patch.dict("os.environ", given), patch.object(tokens, "_keys", Keys()):
        with patch.dict("os.environ", ALLOWED_TENANTS="globex"):
            for token in ("", sign(claims(exp=1)), "nonsense"):
                assert is_refused(token)
            connect(sign(claims()))
        provider.body = b"down"
        for name in ("_fetched_at", "_tried_at"):
            setattr(tokens._keys, name, getattr(tokens._keys, name) - 2 * FRESH_SECONDS)
        connect(sign(claims()))
        with patch.object(tokens, "_keys", Keys()), pytest.raises(NoKeys):
            connect(sign(claims()))
    provider.close()


def connections_come_and_go() -> None:
    """One is opened and gone, another finds its table gone."""
    connections.on_connect(CONNECTION, LambdaContext())
    connections.on_disconnect(CONNECTION, LambdaContext())
    connections_table.cache_clear()
    with patch.dict("os.environ", CONNECTIONS_TABLE="NoSuchTable"):
        connections.on_connect(CONNECTION, LambdaContext())
    connections_table.cache_clear()


def jobs_are_accepted() -> None:
    """One is; for another there is no machine."""
    make_machine()
    send("generate_report", REPORT)
    with patch.dict("os.environ"):
        del os.environ["STATE_MACHINES"]
        send("generate_report", REPORT, request_id="r2")


def jobs_end(server: Connections) -> None:
    """One well, one with failures of its own, one badly, one out of time, one that its client cancels."""
    for name in ("well", "partly", "badly", "late", "cancelled"):
        claim(name, time.time(), {"c1"})
    _stage("well", lambda progress: list(progress.track(range(100))))
    server.refuse["c1"] = [410]
    _stage("partly", lambda progress: Outcome(success=False), retry=1)
    for name, error in (("badly", "PermanentError"), ("late", "States.Timeout")):
        failure = {"Error": error, "Cause": "", "Stage": "Work"}
        settle.handler({**event(name), "failure": failure}, LambdaContext())
    send("cancel", {"request_id": "cancelled"})


def a_push_is_refused(server: Connections) -> None:
    """A follower's connection refuses for good."""
    claim("refused", time.time(), {"c2"})
    server.refuse["c2"] = [403]
    _stage("refused", lambda progress: None)


def executions_end_badly() -> None:
    """Step Functions tells of one of each kind, of jobs that nothing has closed."""
    for status in ("FAILED", "TIMED_OUT", "ABORTED"):
        claim(status, time.time())
        given = json.dumps({"tenant": "acme", "request_id": status, "action": "test"})
        detail = {"executionArn": EXECUTION, "status": status, "input": given}
        ended.on_status_change({"detail": detail}, LambdaContext())


def the_sweep_finds() -> None:
    """One job that never began; then it has no time; then the index cannot be read."""
    claim("forgotten", time.time() - 3600)
    sweeping.handler({}, LambdaContext())
    claim("more", time.time() - 3600)
    sweeping.handler({}, LambdaContext(milliseconds=1000))
    with patch.object(
        sweeping, "_running", side_effect=refusal("dynamodb", "InternalServerError", "Query", 500)
    ):
        sweeping.handler({}, LambdaContext())


def writers_meet() -> None:
    """Another writer takes the number; then a transaction is in the way, once."""
    claim("raced", time.time())

    def raced(progress: Progress) -> None:
        other = JobLog("acme", "raced", SystemClock())
        other.load()
        other.append(lambda end: _frame("raced", end.seq + 1))

    _stage("raced", raced)
    claim("met", time.time())
    client, calls = jobs_table().meta.client, iter([True])
    through = client.transact_write_items

    def busy(**given: Any) -> Any:
        if next(calls, False):
            reasons = [{"Code": "TransactionConflict"}]
            raise refusal("dynamodb", "TransactionCanceledException", "", CancellationReasons=reasons)
        return through(**given)

    with patch.object(client, "transact_write_items", busy):
        _stage("met", lambda progress: None)


def _stage(request_id: str, work: Callable[[Progress], Any], retry: int = 0) -> None:
    """Run a last stage whose result is what `work` returns."""

    def last(progress: Progress) -> Outcome | None:
        result = work(progress)
        return result if isinstance(result, Outcome) else None

    step(last)(event(request_id, part=(0, 100), retry=retry), LambdaContext())


def _frame(request_id: str, seq: int) -> Frame:
    return Frame(
        request_id=request_id, timestamp=time.time(), seq=seq, percentage=1, message="mine", stage="Work"
    )
