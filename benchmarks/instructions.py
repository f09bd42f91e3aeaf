"""What cold starts cost, in instructions, by valgrind: load does not change them. It takes minutes."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

RUNTIME = "import awslambdaric.bootstrap\n"
NAIVE = """
from typing import Any, Literal
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from pydantic import BaseModel
for service in ("dynamodb", "s3", "stepfunctions"):
    boto3.client(service)
Logger(), Metrics(), Tracer(disabled=True)
for number in range(15):
    fields = {"a": str, "b": int, "c": float | None, "d": list[str], "e": Literal["x", "y"], "f": Any}
    type(f"Model{number}", (BaseModel,), {"__annotations__": fields, "__module__": "__main__"})
"""
ECHO = """
import actions
who = {"connectionId": "c", "authorizer": {"tenant": "t", "user": "u"}}
actions.handler({"body": '{"action": "echo", "payload": 1}', "requestContext": who}, None)
"""
PARTS = {
    "the router with one echo": ECHO,
    "a step's import": "import steps.generate_report.publish",
    "the authorizer's import": "import router.authorizer",
}
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT / "functions"),
    "PYTHONHASHSEED": "0",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "streamer",
    "POWERTOOLS_METRICS_NAMESPACE": "Streamer",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",  # as in template.yaml
    "SYNC_THRESHOLD_SECONDS": "5",
}


def measure() -> Iterator[dict[str, Any]]:
    """Yield millions of instructions over an imported awslambdaric; `ratio` is to a naive stack's."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = _count("", folder)
        naive = _count(NAIVE, folder) - runtime
        yield {"what": "a naive stack", "millions": naive / 1e6, "ratio": 1.0}
        for name, code in PARTS.items():
            counted = _count(code, folder) - runtime
            yield {"what": name, "millions": counted / 1e6, "ratio": counted / naive}


def _count(code: str, byte_code: str) -> int:
    """Return the instructions of a process that has its byte code."""
    python = [sys.executable, "-c", RUNTIME + code]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= ENVIRONMENT | {"PYTHONPYCACHEPREFIX": byte_code}
    subprocess.run(python, env=environment, check=True, capture_output=True)
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*valgrind, *python], env=environment, check=True, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        raise RuntimeError(done.stderr)
    return int(found[1])
