"""`$connect` and `$disconnect`: who is there, as rows in the connections table."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from jobs.clients import connections_table
from jobs.counting import count, flushed
from jobs.logger import begin, logger
from router import snapshots, subprotocol

LONGEST_CONNECTION_SECONDS = 2 * 3600


@flushed
def on_connect(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Store the connection. Answers 500, which refuses the handshake, where the store is down."""
    request = event["requestContext"]
    who = request["authorizer"]
    begin(context, tenant=who["tenant"], connection=request["connectionId"])
    connected_at = request["connectedAt"] // 1000
    try:
        connections_table().put_item(
            Item={
                "connection_id": request["connectionId"],
                "user": who["user"],
                "tenant": who["tenant"],
                "permissions": who["permissions"],
                "token_expires_at": int(who["token_expires_at"]),
                "ip": request["identity"]["sourceIp"],
                "user_agent": request["identity"].get("userAgent") or "",
                "connected_at": connected_at,
                "expires_at": connected_at + LONGEST_CONNECTION_SECONDS,
            }
        )
    except (ClientError, BotoCoreError):
        count("ConnectionNotStored")
        logger.exception("the connection could not be stored")
        return {"statusCode": 500}
    count("ConnectionOpened")
    return {"statusCode": 200, "headers": _choose(subprotocol.offered(event))}


@flushed
def on_disconnect(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Remove the connection's row, if it is still there."""
    count("ConnectionGone")
    connections_table().delete_item(Key={"connection_id": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def _prime() -> None:
    connections_table()
    snapshots.load_logging()


def _choose(offered: list[str]) -> dict[str, str]:
    """A browser wants one of what it offered chosen; the token only if there is no other."""
    names = [name for name in offered if not subprotocol.is_token(name)] or offered
    return {"Sec-WebSocket-Protocol": names[0]} if names else {}


snapshots.before_snapshot(_prime)
