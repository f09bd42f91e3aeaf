"""One execution environment: a worker process, its Runtime API, and the invocation that it has in hand."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from time import monotonic

from streamer.local.aws_lambda.forking import Forks, Order
from streamer.local.aws_lambda.functions import Function, Log, environment
from streamer.local.aws_lambda.invocations import Invocation, Outcome
from streamer.local.aws_lambda.pressure import Gauge
from streamer.local.aws_lambda.runtime_api import RuntimeApi

_INIT_SECONDS = 10
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Worker:
    """One execution environment of `function`; takes one invocation at a time. All on the event loop.

    `on_idle` is called whenever it awaits an invocation, `on_exit` when it is gone and must be given nothing
    more. If it never came to await one, `stillborn` then says why: what an invocation for it would get.
    """

    def __init__(
        self,
        function: Function,
        endpoint_url: str,
        forks: Forks,
        on_idle: Callable[["Worker"], None],
        on_exit: Callable[["Worker"], None],
        log: Log,
    ) -> None:
        self.arn, self.timeout = function.arn, function.timeout
        self.ready = Event()  # it awaits its first invocation, or has ended
        self.pid: int | None = None
        self.gauge: Gauge | None = None
        self.since = monotonic()  # its present state
        self.took: float | None = None  # the last invocation, in seconds
        self.retired = False
        self.stillborn: Callable[[Invocation], Outcome] | None = None
        self._name, self._memory = function.name, function.memory * 2**20
        self._on_idle, self._on_exit, self._log = on_idle, on_exit, log
        self._current: Invocation | None = None
        self._init_error: bytes | None = None
        self._killed_for: tuple[str, str] | None = None
        self._output = b""
        self._forks, self._loop = forks, asyncio.get_running_loop()
        self._api = RuntimeApi(self)
        self._number = forks.start(
            Order(
                f"{function.name} {function.handler}",
                function.handler,
                str(function.code),
                environment(function, endpoint_url, self._api.address),
                self._started,
                self._exited,
                self._read,
            )
        )
        self._timer = self._loop.call_later(self.timeout + _INIT_SECONDS, self._time_out)

    @property
    def invoking(self) -> bool:
        """Say whether the process has an invocation in hand."""
        return self._current is not None

    @property
    def in_hand(self) -> bytes | None:
        """Return the payload of the invocation in hand."""
        return self._current.payload if self._current else None

    def give(self, invocation: Invocation) -> bool:
        """Hand over an invocation; only to a worker that is idle. False if it has just ended."""
        if not self._api.give(invocation):
            return False
        self._current, self.since = invocation, monotonic()
        self._timer = self._loop.call_later(self.timeout, self._time_out)
        return True

    def kill(self) -> None:
        """End the process and what it started, at once. An invocation in hand fails when it is gone."""
        self._forks.kill(self._number)

    def end(self) -> None:
        """Be gone, with the parent of all."""
        self._exited(-signal.SIGKILL)

    def check_memory(self) -> None:
        """End a process that holds more than the function may."""
        with suppress(OSError, IndexError):
            with open(f"/proc/{self.pid}/statm", "rb") as file:  # noqa: PTH123 - often, and Path is slow
                held = int(file.read().split()[1]) * _PAGE
            if held > self._memory and not self._killed_for:
                self._killed_for = "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"
                self._log(self._name, f"[ERROR] {held >> 20} MB used of {self._memory >> 20}: out of memory")
                self.kill()

    # What the Runtime API calls ------------------------------------------------------------------------

    def asks(self) -> None:
        """Be idle."""
        self._timer.cancel()
        self.ready.set()
        self.since = monotonic()
        self._on_idle(self)

    def answer(self, request_id: str, outcome: Outcome) -> None:
        """End the invocation in hand."""
        if self._current and request_id == self._current.request_id:
            self._finish(outcome)

    def init_failed(self, payload: bytes) -> None:
        """Remember why the handler could not be loaded; the process ends next."""
        self._init_error = payload

    # -----------------------------------------------------------------------------------------------------

    def _finish(self, outcome: Outcome) -> None:
        """End the invocation in hand, if there is one."""
        self._timer.cancel()
        invocation, self._current = self._current, None
        if invocation:
            self.took = monotonic() - self.since
            invocation.future.set_result(outcome)

    def _started(self, pid: int) -> None:
        self.pid, self.gauge = pid, Gauge(pid)

    def _time_out(self) -> None:
        message = f"Task timed out after {self.timeout:.2f} seconds"
        self._killed_for = "Sandbox.Timedout", message
        self._log(self._name, f"[ERROR] {message}")
        self.kill()
        if self._current:
            self._finish(self._current.fault(*self._killed_for))

    def _exited(self, status: int) -> None:
        def fault(invocation: Invocation) -> Outcome:
            if self._init_error:
                return Outcome(self._init_error, failed=True)
            return invocation.fault(*(self._killed_for or ("Runtime.ExitError", _describe_exit(status))))

        if not self.ready.is_set():
            self.stillborn = fault
        if self._current:
            self._finish(fault(self._current))
        self._timer.cancel()
        self._api.close()
        self.ready.set()
        self._on_exit(self)

    def _read(self, data: bytes) -> None:
        *lines, self._output = (self._output + data).split(b"\n")
        for line in lines:
            self._log(self._name, line.decode(errors="replace").rstrip())


def _describe_exit(status: int) -> str:
    if status >= 0:
        return f"Runtime exited with error: exit status {status}"
    name = (signal.strsignal(-status) or str(-status)).split(":")[0]
    return f"Runtime exited with error: signal: {name.lower()}"
