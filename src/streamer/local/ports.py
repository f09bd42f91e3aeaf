"""The runner's three sockets on the loopback."""

import errno
from socket import create_server, socket

from streamer.local.errors import LocalError

HOST = "127.0.0.1"
_ROLES = (
    "",
    " (the one above --port is what stands for AWS)",
    " (the second one above --port is the console)",
)


def listen(port: int) -> list[socket]:
    """Return the sockets of the WebSocket API, on `port`, of the HTTP endpoint and the console, above it.

    0 takes any that are free. Raises LocalError that says which one cannot be had.
    """
    sockets: list[socket] = []
    try:
        for above, role in enumerate(_ROLES):
            sockets.append(_listen(port and port + above, role))
    except LocalError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _listen(port: int, role: str) -> socket:
    try:
        return create_server((HOST, port), backlog=512)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise LocalError(f"Port {port}{role} cannot be had: {error.strerror}.") from error
        advice = "Stop what uses it, or choose another with --port (0: any free)."
        raise LocalError(f"Port {port}{role} is taken. {advice}") from error
