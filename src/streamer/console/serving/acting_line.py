"""Actions as pages ask for them: each with the token that only a page of this console could read."""

import hmac
import json
import secrets

from streamer.console.acting.operator import Operator


class ActingLine:
    """Takes actions from pages. `token` is told to pages of this console, and asked for with each action.

    The cookie alone does not do: a browser sends it by itself, whoever made it ask.
    """

    def __init__(self, operator: Operator) -> None:
        self.token = secrets.token_urlsafe(24)
        self._operator = operator

    def take(self, tenant: str, request_id: str, text: str) -> str:
        """Do what a page asks in JSON, `{"token", "do", …}`; return the answer in JSON. Raises ValueError."""
        asked = json.loads(text)
        if not isinstance(asked, dict) or not isinstance(asked.get("do"), str):
            raise ValueError("that is no action")
        if not hmac.compare_digest(str(asked.get("token", "")).encode(), self.token.encode()):
            raise ValueError("the token for actions is missing")
        return json.dumps(self._operator.act(tenant, request_id, asked))
