"""`streamer inspect` on the deployed stack, as a user starts it, and asked as its own pages ask it."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect

from tests.deploy.deployed import NAME, PATIENCE, Stack

STREAMER = Path(sys.executable).with_name("streamer")


class ConsolePage:
    """A page of the console at an address with a token."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc
        self._cookie = {"Cookie": f"streamer-console-{parts.port}={parts.query.removeprefix('token=')}"}

    def place(self) -> dict[str, Any]:
        """Return what the console says of itself; `acting` is the token for actions, None without any."""
        request = urllib.request.Request(f"http://{self._host}/api/place", headers=self._cookie)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            place: dict[str, Any] = json.loads(answer.read())
        return place

    async def act(self, request_id: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask for an action on a job of the tenant acme; return the answer.

        Raises ConnectionClosed where none is allowed.
        """
        url = f"ws://{self._host}/api/jobs/acme/{request_id}/act"
        headers = {**self._cookie, "Origin": f"http://{self._host}"}
        async with connect(url, additional_headers=headers) as line:
            await line.send(json.dumps(asked))
            answer: dict[str, Any] = json.loads(await line.recv())
        return answer


@contextmanager
def inspecting(stack: Stack, *options: str) -> Iterator[ConsolePage]:
    """Serve the console of the stack, until the body is over."""
    command = [str(STREAMER), "inspect", "--stack", NAME, "--endpoint", stack.endpoint_url, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield ConsolePage(process.stdout.readline().removeprefix("console_url").strip())
        finally:
            process.terminate()
    assert process.returncode == 0
