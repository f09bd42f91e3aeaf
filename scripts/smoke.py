"""Ask an application whether it works: an echo, and a small report as a job, over its socket.

`python -m scripts.smoke ENVIRONMENT` asks the stack of samconfig.toml's section, with the token in
STREAMER_TOKEN and AWS credentials that may describe the stack; with `local`, the running `streamer dev`. It
ends with status 1, and says why, at the first thing that is not as it should be. Any records will do.
"""

import asyncio
import json
import os
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import click

from scripts.environment import read
from streamer.client import Client
from streamer.client.errors import ConnectionLost, ConnectionRefused, RequestFailed

LOCAL = "local"
ECHO_SECONDS, REPORT_SECONDS = 30, 120  # cold starts included
# Long enough to be a job; a shorter one is answered at once.
REPORT = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "csv"}


async def smoke(url: str, token: str) -> None:
    """Raise an error, or AssertionError, where an echo or a report is not as it should be."""
    async with Client(url, token) as client:
        asked = uuid.uuid4().hex
        answer: Any = await client.request("echo", {"asked": asked}, timeout=ECHO_SECONDS)
        _say(answer == {"echo": {"asked": asked}}, "echo")
        percentages: list[float] = []
        result: Any = await client.request(
            "generate_report",
            REPORT,
            on_progress=lambda frame: percentages.append(frame["percentage"]),
            timeout=REPORT_SECONDS,
        )
    _say(percentages == sorted(percentages) and percentages[-1:] == [100], "progress to 100 %")
    _say(result["expires_at"] > time.time(), "a link that has not expired")
    with urllib.request.urlopen(result["url"], timeout=ECHO_SECONDS) as file:  # noqa: S310 - https, or the runner's
        _say(file.status == 200 and len(file.read().splitlines()) > 0, "the link opens")


def address(name: str) -> tuple[str, str]:
    """Return an environment's socket and a token for it."""
    if name == LOCAL:
        runner = json.loads(
            (Path(os.environ.get("STREAMER_STATE_DIR", ".streamer")) / "dev.json").read_text()
        )
        return runner["ws_url"], runner["token"]
    token = os.environ.get("STREAMER_TOKEN", "")
    _say(bool(token), "STREAMER_TOKEN holds a token of the issuer that the stack trusts")
    import boto3

    described = boto3.client("cloudformation").describe_stacks(StackName=read(name).stack)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Stacks"][0]["Outputs"]}
    return outputs["WebSocketUrl"], token


def _say(good: bool, what: str) -> None:
    if not good:
        raise AssertionError(f"not so: {what}")
    click.echo(f"ok: {what}")


if __name__ == "__main__":
    try:
        asyncio.run(smoke(*address(sys.argv[1])))
    except (AssertionError, ConnectionLost, ConnectionRefused, KeyError, OSError, RequestFailed) as error:
        sys.exit(f"{sys.argv[1]}: {type(error).__name__}: {error}")
