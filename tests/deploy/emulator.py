"""Runs ministack as a process of its own, on loopback only, with all its files in one folder.

It enforces IAM, and serves TLS, without which the bucket's policy would refuse every call.
"""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.stack import ENVIRONMENT

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
READY_WITHIN = 30.0


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start the emulator with its state in `folder`; yield its endpoint; end it with all its workers.

    Its certificate is `certificate(folder)`, which nobody trusts who is not told to.

    Raises RuntimeError if it is not ready in time; the message has the end of its log.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("amended_ministack.py")],
            # Nothing else: neither the user's credentials nor a proxy.
            env={
                "AUTH": "true",  # every call needs a right; the key that it is given here is the root's
                **{name: value for name, value in ENVIRONMENT.items() if name in CREDENTIALS},
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "STATE_DIR": str(folder / "state"),
                "S3_DATA_DIR": str(folder / "s3"),
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "USE_SSL": "1",
                "IOT_MTLS_ENABLED": "0",  # it would listen on every interface
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"https://127.0.0.1:{port}"
        _wait(url, process, folder)
        yield url
    finally:
        # Its own session: its workers end with it, and nobody else does.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def certificate(folder: Path) -> Path:
    return folder / "ministack-tls" / "server.crt"


def _wait(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            trusted = ssl.create_default_context(cafile=certificate(folder))
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=5, context=trusted):
                return
        time.sleep(0.05)
    raise RuntimeError(f"ministack did not start:\n{(folder / 'log').read_text(errors='replace')[-4000:]}")
