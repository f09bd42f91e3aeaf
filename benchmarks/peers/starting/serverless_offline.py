"""serverless-offline, on osls."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.peers.installing import NODE, with_packages
from benchmarks.peers.starting.processes import Endpoint, free_ports, process

_START_SECONDS = 60.0


@contextmanager
def serverless_offline() -> Iterator[Endpoint]:
    """Run it on ports of the loopback; it serves the WebSocket itself."""
    with tempfile.TemporaryDirectory() as made:
        folder = with_packages(Path(made), "offline/serverless.yml", "offline/handlers.mjs")
        http, sockets, functions = free_ports(3)
        ports = ["--httpPort", http, "--websocketPort", sockets, "--lambdaPort", functions]
        command = [NODE, "node_modules/osls/bin/serverless.js", "offline", "--host", "127.0.0.1", *ports]
        addresses = {
            "SOCKETS": f"http://127.0.0.1:{sockets}",
            "FUNCTIONS": f"http://127.0.0.1:{functions}",
        }
        with process(command, made, folder, **addresses, SLS_TELEMETRY_DISABLED="1") as offline:
            _await(int(sockets), offline, made)
            yield Endpoint(f"ws://127.0.0.1:{sockets}")


def _await(port: int, offline: "subprocess.Popen[bytes]", made: str) -> None:
    """Wait until it listens; raise RuntimeError with its log if it does not."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if offline.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((Path(made) / "log").read_text()) from None
            time.sleep(0.05)
        else:
            return
