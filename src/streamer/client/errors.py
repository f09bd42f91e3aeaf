"""What goes wrong between a client and its endpoint."""

from typing import Any

from streamer.client.frames import Error, ErrorCode, Partial

ADVICE = {
    401: "the token is missing, expired or not for this endpoint; get a new one",
    403: "the tenant may not connect, or the address has no such stage",
    404: "there is no WebSocket API at this address; check the URL and its stage",
    429: "too many connections at once; try again in a moment",
    500: "the endpoint failed while it connected you; try again, then look at its logs",
}

# Names are the event, as in `websockets.ConnectionClosed`; so no Error suffix.


class StreamerException(Exception):  # noqa: N818
    """Base of everything that the client raises on its own account."""


class ConnectionRefused(StreamerException):
    """The endpoint could not be reached, or refused the handshake.

    `status` is the HTTP status of the refusal; None if nothing answered.
    """

    def __init__(self, url: str, status: int | None, reason: str = "") -> None:
        url = url.partition("?")[0]  # a token may stand behind it
        if status is None:
            super().__init__(f"cannot reach {url}: {reason}")
        else:
            super().__init__(f"{url} refused the connection with {status}: {ADVICE.get(status, reason)}")
        self.status = status

    @property
    def final(self) -> bool:
        """Whether trying again with the same token is of no use."""
        return self.status in (401, 403)


class ConnectionLost(StreamerException):
    """There is no connection any more, and a request was open. Its job goes on; the result is kept."""


class RequestFailed(StreamerException):
    """The server answered with an error frame.

    `partial` is what a job that had begun leaves behind; None for a request that never became a job.
    """

    def __init__(
        self, code: ErrorCode, message: str, details: Any, partial: Partial | None, request_id: str | None
    ) -> None:
        super().__init__(f"{code}: {message}{_faults(code, details)}")
        self.code = code
        self.message = message
        self.details = details
        self.partial = partial
        self.request_id = request_id

    @classmethod
    def from_frame(cls, frame: Error) -> "RequestFailed":
        """Return the exception that an error frame stands for."""
        error = frame["error"]
        return cls(
            error["code"], error["message"], error.get("details"), frame.get("partial"), frame["request_id"]
        )


def _faults(code: ErrorCode, details: Any) -> str:
    """Return what was wrong with the request, for whoever reads a traceback."""
    if code != "VALIDATION_ERROR" or not isinstance(details, list):
        return ""
    return "".join(
        f"\n  {each.get('path')}: {each.get('message')}" for each in details if isinstance(each, dict)
    )
