"""What pages may order: what changes something, not only reads.

An order comes over a WebSocket, with which browsers always tell the page's origin, and with a token that only
our own page can read: the cookie alone, which other ports of this host share, is not enough.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

ORDERS = "/api/orders"

Order = Callable[[Mapping[str, Any]], Any]


class Orders:
    """Obeys those `known`, by name; each takes what the page gave and returns what it is told."""

    def __init__(self, known: Mapping[str, Order]) -> None:
        self.token = secrets.token_urlsafe(24)
        self._known = known

    def obey(self, text: str) -> str:
        """Return the answer to a message `{token, order, …}`: `{"done": …}` or `{"error": …}`, as JSON."""
        try:
            given = json.loads(text)
            if not hmac.compare_digest(str(given["token"]).encode(), self.token.encode()):
                return json.dumps({"error": "The token is another one: load the page anew."})
            return json.dumps({"done": self._known[given["order"]](given)})
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return json.dumps({"error": f"That is no order: {type(error).__name__}"})
