"""The client: `from streamer.client import Client`. Needs `websockets` and nothing else."""

from streamer.client.api import Client
from streamer.client.errors import ConnectionLost, ConnectionRefused, RequestFailed
from streamer.client.line import ConnectionState
from streamer.client.reconnect import Reconnect

__all__ = ["Client", "ConnectionLost", "ConnectionRefused", "ConnectionState", "Reconnect", "RequestFailed"]
