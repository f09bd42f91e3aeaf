"""A token reaches no log, access log or trace, wherever it is given and whatever fails."""

import logging
import re
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

from router import authorizer, connections, key_set
from streamer.local.api_gateway import events
from streamer.local.api_gateway.events import Caller
from streamer.local.api_gateway.routes import Api
from tests.support.identity_provider import IdentityProvider, claims, sign
from tests.support.stack import ROOT, template

API = Api("a", "live", "$request.body.action", {}, None)
USER = "ada-whom-no-log-names"
GOOD = claims(sub=USER, permissions=["secret-permission"])
TOKENS = {
    "good": sign(GOOD),
    "expired": sign(GOOD | {"exp": 1_000_000_000}),
    "forged": sign(GOOD)[:-40] + "A" * 40,
    "unknown key": sign(GOOD, kid="unknown"),
    "of another kind": sign(GOOD, typ="logout+jwt"),
    "with a strange tenant": sign(GOOD | {"tenant_id": "a#b"}),
    "with strange permissions": sign(GOOD | {"permissions": {"secret-permission": USER}}),
    "without an end": sign(GOOD)[:60],
}
PLACES: dict[str, Callable[[str], tuple[str, events.Pairs]]] = {
    "query": lambda token: (f"/live?{urlencode({'Authorization': token})}", []),
    "header": lambda token: ("/live", [("Authorization", token)]),
    "bearer": lambda token: ("/live", [("Authorization", f"Bearer {token}")]),
    "subprotocol": lambda token: ("/live", [("Sec-WebSocket-Protocol", f"streamer, {token}")]),
    "a cookie": lambda token: ("/live", [("Cookie", f"token={token}")]),
}


@pytest.fixture
def said(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Callable[[Callable[[], Any]], str]:
    """Call something, and return all that Lambda would log of it; more, for all loggers tell all they can."""
    caplog.set_level(logging.DEBUG)

    def listen(call: Callable[[], Any]) -> str:
        capfd.readouterr()
        caplog.clear()
        try:
            call()
            raised = ""
        except Exception as error:
            raised = "".join(traceback.format_exception(error))
        # As it stands, and as a formatter or a representation writes what it is given.
        records = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
        return "".join([*capfd.readouterr(), raised, caplog.text, *records])

    return listen


def check(text: str, token: str) -> None:
    secrets = [part for part in token.split(".") if len(part) > 20]
    assert [secret for secret in [*secrets, USER, "secret-permission"] if secret in text] == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("which", "allowed"), [*((which, "") for which in TOKENS), ("good", "another")])
def test_a66_the_authorizer_tells_nothing_of_a_token(
    place: str,
    which: str,
    allowed: str,
    provider: IdentityProvider,
    said: Callable[[Callable[[], Any]], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALLOWED_TENANTS", allowed)
    path, headers = PLACES[place](TOKENS[which])
    event = events.authorize(Caller(API, path, headers, "127.0.0.1"))
    text = said(lambda: authorizer.handler(event, None))
    assert ("ConnectionRefused" in text) is (which != "good" or place == "a cookie")
    check(text, TOKENS[which])


@pytest.mark.parametrize("place", PLACES)
def test_a66_nor_where_the_provider_is_down(
    place: str,
    provider: IdentityProvider,
    said: Callable[[Callable[[], Any]], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider.body = b"<html>"
    path, headers = PLACES[place](TOKENS["good"])
    event = events.authorize(Caller(API, path, headers, "127.0.0.1"))
    text = said(lambda: authorizer.handler(event, None))
    assert (key_set.NoKeys.__name__ in text) is (place != "a cookie")
    check(text, TOKENS["good"])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("table", ["there", "gone"])
def test_a66_nor_do_the_routes_or_the_row(
    place: str, table: str, aws: list[str], said: Callable[[Callable[[], Any]], str]
) -> None:
    store = boto3.resource("dynamodb").Table("ConnectionsTable")
    path, headers = PLACES[place](TOKENS["good"])
    who = {"tenant": "acme", "user": "ada", "permissions": "", "token_expires_at": "2000000000"}
    caller = Caller(API, path, headers, "127.0.0.1", authorizer=who)
    if table == "gone":
        store.delete()
    check(said(lambda: connections.on_connect(events.connect(caller), None)), TOKENS["good"])
    if table == "there":
        (row,) = store.scan()["Items"]
        check(str(row), TOKENS["good"])
    check(said(lambda: connections.on_disconnect(events.disconnect(caller, 1000, ""), None)), TOKENS["good"])


def test_a66_the_access_log_has_nothing_that_clients_send() -> None:
    stage = template()["Resources"]["WebSocketApiStage"]["Properties"]
    logged = set(re.findall(r"\$context\.([\w.]+)", stage["AccessLogSettings"]["Format"]))
    assert "connectionId" in logged
    assert logged <= {
        "requestTime",
        "extendedRequestId",
        "connectionId",
        "eventType",
        "routeKey",
        "status",
        "identity.sourceIp",
        "error.message",
        "integrationErrorMessage",
    }
    assert stage["AccessLogSettings"]["Format"].count("$") == len(logged)


def test_a66_no_function_sends_events_to_logs_or_traces() -> None:
    """X-Ray has Lambda's own segments; nothing adds to them, and nothing asks Powertools for whole events."""
    assert "aws-xray-sdk" not in (ROOT / "layers/libraries/requirements.txt").read_text()
    for resource in template()["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            names = resource["Properties"]["Environment"]["Variables"].keys()
            assert not {"POWERTOOLS_LOGGER_LOG_EVENT", "POWERTOOLS_DEV", "POWERTOOLS_DEBUG"} & names
