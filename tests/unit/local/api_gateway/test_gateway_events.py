"""The shapes of API Gateway's events, and its choice of routes."""

import pytest

from streamer.local.api_gateway import events
from streamer.local.api_gateway.events import Caller
from streamer.local.api_gateway.routes import Api, Route

ROUTE = Route("arn", responds=True)
API = Api("api", "live", "$request.body.action", {"$connect": ROUTE, "$default": ROUTE, "talk": ROUTE}, None)


@pytest.fixture
def caller() -> Caller:
    headers = [("Host", "here"), ("User-Agent", "tester"), ("X-Many", "1"), ("X-Many", "2")]
    return Caller(API, "/live?a=1&a=2&b=%C3%BC", headers, "127.0.0.1")


def test_connect(caller: Caller) -> None:
    caller.authorizer = {"principalId": "ada"}
    event = events.connect(caller)
    assert event["headers"]["X-Many"] == "2"
    assert event["multiValueHeaders"]["X-Many"] == ["1", "2"]
    assert event["queryStringParameters"] == {"a": "2", "b": "ü"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["ü"]}
    assert event["isBase64Encoded"] is False
    assert "body" not in event
    context = event["requestContext"]
    assert context.keys() == {
        "apiId",
        "authorizer",
        "connectedAt",
        "connectionId",
        "domainName",
        "eventType",
        "extendedRequestId",
        "identity",
        "messageDirection",
        "requestId",
        "requestTime",
        "requestTimeEpoch",
        "routeKey",
        "stage",
    }
    assert (context["routeKey"], context["eventType"]) == ("$connect", "CONNECT")
    assert context["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "tester"}
    assert context["connectedAt"] > 10**12


def test_connect_without_a_query_lacks_the_fields() -> None:
    event = events.connect(Caller(API, "/live", [], "127.0.0.1"))
    assert "queryStringParameters" not in event
    assert "multiValueQueryStringParameters" not in event


def test_authorize(caller: Caller) -> None:
    event = events.authorize(caller)
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == "arn:aws:execute-api:us-east-1:123456789012:api/live/$connect"
    assert "authorizer" not in event["requestContext"]
    assert events.authorize(Caller(API, "/live", [], "::1"))["queryStringParameters"] == {}


def test_message_and_disconnect_belong_to_the_connection(caller: Caller) -> None:
    said, left = events.message(caller, "talk", "hi"), events.disconnect(caller, 1001, "Going away")
    assert said["body"] == "hi"
    assert "headers" not in said
    assert said["requestContext"]["messageId"] != said["requestContext"]["connectionId"]
    assert left["requestContext"]["disconnectStatusCode"] == 1001
    assert left["requestContext"]["connectionId"] == said["requestContext"]["connectionId"] == caller.id


@pytest.mark.parametrize(
    ("body", "route"),
    [
        ('{"action": "talk"}', "talk"),
        ('{"action": "other"}', "$default"),
        ('{"action": "$connect"}', "$default"),
        ('{"action": 1}', "$default"),
        ('["action"]', "$default"),
        ("null", "$default"),
        ("not JSON", "$default"),
    ],
)
def test_route_selection(body: str, route: str) -> None:
    assert events.select_route(API, body) == route


def test_no_route() -> None:
    assert events.select_route(Api("api", "live", "$request.body.action", {}, None), "{}") is None


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("route.request.header.x-many", True),
        ("route.request.header.Auth", False),
        ("route.request.querystring.a", True),
        ("route.request.querystring.c", False),
    ],
)
def test_identity_sources(caller: Caller, source: str, there: bool) -> None:
    assert caller.identifies(source) is there
