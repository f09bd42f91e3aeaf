"""What a forecast of one job has no use for: limits and prices of connections, of AppSync Events, of Express.

Where `read` is false the number is not from a page of AWS's; docs/scale.md says so beside it.
"""

from dataclasses import dataclass

from streamer.forecast.prices import MILLION


@dataclass(frozen=True)
class Known:
    """A number, what it is, the page that has it, and whether that page is AWS's."""

    value: float
    what: str
    source: str
    read: bool = True


_AWS = "https://docs.aws.amazon.com"
_WEBSOCKET = (
    f"{_AWS}/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html"
)
_SCALING = f"{_AWS}/lambda/latest/dg/scaling-behavior.html"
_NEW_TABLE = (
    "https://docs.amazonaws.cn/en_us/amazondynamodb/latest/developerguide/"
    "pre-warming-on-demand-capacity-mode.html"
)
_APPSYNC_TALK = (
    "https://www.antstack.com/talks/reinvent24/"
    "real-time-event-patterns-with-websockets-and-aws-appsync-fwm302/"
)
_PRICE_LIST = "https://huggingface.co/datasets/labofsahil/aws-pricing-dataset/blob/main/AWSAppSync.csv"
_MINUTES = (
    "https://www.repost.aws/pt/questions/QU7IqgooGeQmqudOsmzTw5YQ/"
    "how-to-interpret-websocket-api-connection-minutes-pricing"
)
_APPSYNC_PRICES = "https://aws.amazon.com/ar/appsync/pricing/?loc=ft"

NEW_CONNECTIONS = Known(500, "new connections a second", _WEBSOCKET)
SCALING = Known(100, "new environments of a function a second, in the long run", _SCALING)
SCALING_BURST = Known(1_000, "new environments of a function at once", _SCALING)
NEW_TABLE_WRITES = Known(4_000, "write units a second of a table that is new", _NEW_TABLE)

EVENTS_IN = Known(10_000, "AppSync Events: published a second", _APPSYNC_TALK, read=False)
EVENTS_OUT = Known(1_000_000, "AppSync Events: delivered a second", _APPSYNC_TALK, read=False)

CONNECTION_MINUTE = Known(0.25 / MILLION, "dollars a minute of a WebSocket connection", _MINUTES, read=False)
EVENT_OPERATION = Known(1.00 / MILLION, "dollars an operation of AppSync Events", _PRICE_LIST, read=False)
EVENTS_MINUTE = Known(
    0.08 / MILLION, "dollars a minute of a connection, of AppSync's GraphQL", _APPSYNC_PRICES
)

ALL = (
    NEW_CONNECTIONS,
    SCALING,
    SCALING_BURST,
    NEW_TABLE_WRITES,
    EVENTS_IN,
    EVENTS_OUT,
    CONNECTION_MINUTE,
    EVENT_OPERATION,
    EVENTS_MINUTE,
)
