"""HTTP messages, whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(slots=True)
class Request:
    """A request. `target` is path and query as they were sent; header names are in lower case."""

    method: str = ""
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """Return the path as it was sent."""
        return self.target.partition("?")[0]


@dataclass(slots=True)
class Response:
    """An answer. Where it has no Content-Length, the body's is sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def encode(self, *, head_only: bool, keep_alive: bool) -> bytes:
        """Return what is sent: headers and body leave in one packet."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if not any(name.lower() == "content-length" for name in self.headers) and self.status != 204:
            lines.append(f"Content-Length: {len(self.body)}")
        if not keep_alive:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head if head_only else head + self.body


Respond = Callable[[Response], None]
Handler = Callable[[Request, Respond], None]
"""Takes a request, and gives its answer to `Respond`: at once or later, on the event loop, once."""
