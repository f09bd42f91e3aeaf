"""What web pages may do at the HTTP endpoint: use a presigned URL, if a bucket's CORS names their origin.

What stands for AWS here believes everybody, and any page that the user has open can send to the loopback.
With whatever changes something a page sends its `Origin`. One that had its own name resolve to the loopback
(DNS rebinding) sends that name as `Host`.
"""

from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from streamer.local.engine.presigned import is_presigned

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

_MOST_TOLD = 20


class Pages:
    """`origins` are those that buckets allow, with `*` for any part; `tell` gets a line for the user."""

    def __init__(self, port: int, origins: Collection[str], tell: Callable[[str], None]) -> None:
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._origins, self._tell = origins, tell
        self._told: set[str] = set()

    def refusal(self, request: "Request") -> str | None:
        """Return why a request is refused; None for one that is not."""
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        if host not in self._hosts:
            return self._refuse(f"Host {host!r} is not the loopback's")
        if origin is None:
            return None
        if not any(fnmatchcase(origin, allowed) for allowed in self._origins):
            return self._refuse(f"The origin {origin!r} is none that a bucket's CORS allows (AllowedOrigins)")
        if request.method != "OPTIONS" and not is_presigned(request.environ["RAW_URI"]):
            return self._refuse(f"A page, of {origin!r}, may use presigned URLs and nothing else")
        return None

    def _refuse(self, reason: str) -> str:
        if reason not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(reason)
            self._tell(reason)
        return reason
