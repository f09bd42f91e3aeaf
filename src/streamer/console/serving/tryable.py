"""What the page "Try it" asks of whoever runs the application; a deployed stack's console has none of it."""

from collections.abc import Sequence
from typing import Any, Protocol


class Tryable(Protocol):
    """An application that pages may send requests to, and whose workers they may kill."""

    ws_url: str

    @property
    def origins(self) -> Sequence[str]:
        """The origins, beside its own, that the page connects to: the WebSocket API's and the bucket's."""

    def actions(self) -> list[dict[str, Any]]:
        """Return the actions as `streamer actions --json` tells them. Raises LookupError with the reason."""

    def token(self, tenant: str, user: str, permissions: str) -> str:
        """Return a token for the WebSocket API, with permissions, between spaces."""

    def kill(self, tenant: str, request_id: str) -> list[str]:
        """Kill the workers that have a job in hand; return the names of their functions."""
