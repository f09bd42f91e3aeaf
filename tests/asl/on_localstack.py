"""LocalStack itself without Docker: a process of the environment that `make localstack` makes."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.asl.mocked import FILE
from tests.support.stack import ROOT

ACCOUNT = "000000000000"
PYTHON = ROOT / ".build/localstack/bin/python"
_SECONDS = 120


@contextmanager
def localstack(folder: Path) -> Iterator[tuple[Any, Any]]:
    """Start it on a free port of the loopback; yield clients of Step Functions and S3; end it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{found.getsockname()[1]}"
    settings = {
        "SERVICES": "stepfunctions,s3,sts,iam,lambda",
        "EAGER_SERVICE_LOADING": "0",
        "GATEWAY_LISTEN": address,
        "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
        "FILESYSTEM_ROOT": str(folder / "root"),
        "DNS_ADDRESS": "0",
        "SFN_MOCK_CONFIG": str(FILE),
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DEBUG": "0",
    }
    log = folder / "localstack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PYTHON, ROOT / "tests/asl/localstack/start.py"],
            env={"PATH": os.environ["PATH"], "HOME": str(folder)} | settings,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(f"http://{address}/_localstack/health", process, log)
        yield _client("stepfunctions", address), _client("s3", address)
    finally:
        process.kill()  # it has nothing to save, and takes its time to say so
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert process.poll() is None, log.read_text()[-4000:]
            assert time.monotonic() < deadline, log.read_text()[-4000:]
            time.sleep(0.1)


def _client(service: Any, address: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://{address}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}, read_timeout=_SECONDS),
    )
