"""An engine's processes, and the WebSocket before it."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.installing import PYTHON

ENGINES = Path(__file__).parents[1] / "engines"
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Endpoint:
    """Where the client finds an engine; what it wants of a runner."""

    ws_url: str
    token: str = "none"


@contextmanager
def bridge(script: str, folder: str, *arguments: str) -> Iterator[Endpoint]:
    """Run a script of ENGINES, which serves a WebSocket, until the end of the block."""
    ready = Path(folder) / "ready"
    with process([str(PYTHON), str(ENGINES / script), str(ready), *arguments], folder) as bridging:
        yield Endpoint(f"ws://127.0.0.1:{said(ready, bridging, folder)}")


@contextmanager
def process(
    command: list[str], folder: str, cwd: Path = ENGINES, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of an engine until the end of the block; `log` in the folder has what it says."""
    with (Path(folder) / "log").open("ab") as log:
        started = subprocess.Popen(
            command,
            cwd=cwd,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def said(file: Path, by: subprocess.Popen[bytes], folder: str) -> str:
    """Return what a process writes when it is ready; raise RuntimeError with its log if it never is."""
    deadline = time.monotonic() + _START_SECONDS
    while not file.exists():
        if by.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((Path(folder) / "log").read_text())
        time.sleep(0.05)
    return file.read_text()


def free_ports(number: int) -> list[str]:
    """Return so many ports that nobody listens on."""
    free = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [str(each.getsockname()[1]) for each in free]
    for each in free:
        each.close()
    return ports
