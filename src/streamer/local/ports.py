"""The runner's two sockets on the loopback."""

import errno
from socket import create_server, socket

from streamer.local.errors import LocalError

HOST = "127.0.0.1"


def listen(port: int) -> list[socket]:
    """Return the sockets of the WebSocket API, on `port`, and of the HTTP endpoint, on the one above it.

    0 takes any two that are free. Raises LocalError that says which one cannot be had.
    """
    first = _listen(port, "")
    try:
        return [first, _listen(port and port + 1, " (the one above --port is what stands for AWS)")]
    except LocalError:
        first.close()
        raise


def _listen(port: int, role: str) -> socket:
    try:
        return create_server((HOST, port), backlog=512)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise LocalError(f"Port {port}{role} cannot be had: {error.strerror}.") from error
        advice = "Stop what uses it, or choose another with --port (0: any free)."
        raise LocalError(f"Port {port}{role} is taken. {advice}") from error
