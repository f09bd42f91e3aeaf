"""The runner's end of the parent of all workers (`parent.py`)."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from streamer.local import aws
from streamer.local.aws_lambda.functions import PLACE

_PARENT = str(Path(__file__).with_name("parent.py"))
_FAREWELL_SECONDS = 5


@dataclass(frozen=True)
class Order:
    """What a worker is to be, and whom to tell: `log` of each part of its output, the others once."""

    title: str
    handler: str
    cwd: str
    environment: Mapping[str, str]
    on_start: Callable[[int], None]
    on_exit: Callable[[int], None]
    on_output: Callable[[bytes], None]


class Forks:
    """Starts and kills workers, by number. Its methods are for the event loop, `close` is for any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._numbers = loop, count(1)
        self._orders: dict[int, Order] = {}
        self._pids: dict[int, int] = {}
        self._outputs: set[int] = set()
        self._text = b""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        # Workers hold its other end: it ends when this process does.
        self._lifeline, self._held = os.pipe()

    def open(self) -> None:
        """Start the parent; it prepares itself beside whatever else begins."""
        self._control, theirs = socket.socketpair()
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", _PARENT, str(self._lifeline)],
                stdin=theirs.fileno(),
                env=own | PLACE | aws.environment("http://127.0.0.1:9"),
                pass_fds=[self._lifeline],
                start_new_session=True,
            )
        self._loop.add_reader(self._control, self._read, self._control)

    def start(self, order: Order) -> int:
        """Order a worker; return its number."""
        if self._control is None:
            self.open()
        number = next(self._numbers)
        self._orders[number] = order
        output, log = os.pipe()
        os.set_blocking(output, False)
        self._outputs.add(output)
        self._loop.add_reader(output, self._drain, output, order)
        asked = {
            "start": number,
            "title": order.title,
            "handler": order.handler,
            "cwd": order.cwd,
            "environment": dict(order.environment),
        }
        self._say(asked, [log])
        os.close(log)
        return number

    def kill(self, number: int) -> None:
        """End a worker and what it started, at once, if it still runs."""
        if number in self._orders:
            self._say({"kill": number}, [])

    def forget(self) -> None:
        """Tell no more of any worker; all of them begin to end."""
        self._orders.clear()
        for output in list(self._outputs):
            self._leave(output)
        if self._control:
            self._loop.remove_reader(self._control)
            self._control.close()
            self._control = None

    def close(self) -> None:
        """Wait until the parent and all workers have ended, after `forget`."""
        if self._process:
            try:
                self._process.wait(_FAREWELL_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self._held)
        os.close(self._lifeline)

    def _say(self, what: Mapping[str, object], fds: list[int]) -> None:
        text = json.dumps(what).encode() + b"\n"
        if self._control:
            with contextlib.suppress(BrokenPipeError):  # its end is read, too, and told then
                sent = socket.send_fds(self._control, [text], fds) if fds else 0
                self._control.sendall(text[sent:])

    def _read(self, control: socket.socket) -> None:
        if control is not self._control:
            return  # told while it was being closed
        data = control.recv(65536)
        if not data:
            self._gone(control)
            return
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "started" in told:
                self._pids[told["started"]] = told["pid"]
                self._orders[told["started"]].on_start(told["pid"])
            else:
                self._pids.pop(told["ended"], None)
                self._orders.pop(told["ended"]).on_exit(told["status"])

    def _gone(self, control: socket.socket) -> None:
        """The parent has ended: so have its workers, and the next one gets another parent."""
        self._loop.remove_reader(control)
        control.close()
        self._control, self._text = None, b""
        if self._process:
            self._process.kill()
            self._process.wait()
        orders, self._orders = self._orders, {}
        pids, self._pids = self._pids, {}
        for pid in pids.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        for order in orders.values():
            order.on_exit(-signal.SIGKILL)

    def _drain(self, output: int, order: Order) -> None:
        try:
            data = os.read(output, 65536)
        except BlockingIOError:
            return
        order.on_output(data or b"\n")  # a last line may have no end
        if not data:
            self._leave(output)

    def _leave(self, output: int) -> None:
        self._loop.remove_reader(output)
        self._outputs.remove(output)
        os.close(output)
