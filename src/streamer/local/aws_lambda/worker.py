"""One execution environment: a worker process, its Runtime API, and the invocation that it has in hand."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread, Timer

from streamer.local.aws_lambda.functions import Function, Log, environment
from streamer.local.aws_lambda.runtime_api import Invocation, Outcome, RuntimeApi

_BOOTSTRAP = str(Path(__file__).with_name("bootstrap.py"))
_INIT_SECONDS = 10


class Worker:
    """One execution environment of `function`; takes one invocation at a time.

    `on_idle` is called when an answer has come and the next invocation may be given, `on_exit` when the
    process is gone and must be given nothing more, `on_unseen` then with an invocation that it never saw.
    """

    def __init__(
        self,
        function: Function,
        endpoint_url: str,
        on_idle: Callable[["Worker"], None],
        on_exit: Callable[["Worker"], None],
        on_unseen: Callable[[Invocation], None],
        log: Log,
    ) -> None:
        self.arn = function.arn
        self.timeout = function.timeout
        self.ready = Event()
        self.retired = False
        self._name = function.name
        self._on_idle, self._on_exit, self._on_unseen, self._log = on_idle, on_exit, on_unseen, log
        self._inbox: SimpleQueue[Invocation | None] = SimpleQueue()
        self._current: Invocation | None = None
        self._seen = False
        self._init_error: bytes | None = None
        self._lock = Lock()
        self._timer: Timer | None = None
        self._api = RuntimeApi(self)
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", _BOOTSTRAP, function.handler],
            cwd=function.code,
            env=environment(function, endpoint_url, self._api.address),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the runner; and what a handler starts ends with it.
            start_new_session=True,
        )
        Thread(target=self._read_log, name=f"log {self._name}", daemon=True).start()
        Thread(target=self._await_exit, name=f"worker {self._name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Return the worker's process id."""
        return self._process.pid

    @property
    def invoking(self) -> bool:
        """Say whether the process has taken the invocation in hand."""
        return self._current is not None and self._seen

    def give(self, invocation: Invocation) -> None:
        """Hand over an invocation; only to a worker that is new or idle."""
        with self._lock:
            self._current, self._seen = invocation, False
        self._arm(self.timeout + _INIT_SECONDS)
        self._inbox.put(invocation)

    def kill(self) -> None:
        """End the process and what it started, at once. An invocation in hand fails."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def join(self) -> None:
        """Wait for the process to be gone."""
        self._process.wait()

    def next(self) -> Invocation | None:
        """Wait for the next invocation; None when the environment ends. Called by the Runtime API."""
        self.ready.set()
        invocation = self._inbox.get()
        if invocation:
            with self._lock:
                self._seen = True
            # The function's time starts here: not before its environment is ready.
            self._arm(self.timeout)
        return invocation

    def answer(self, request_id: str, outcome: Outcome) -> None:
        """End the invocation in hand. Called by the Runtime API."""
        if self._finish(outcome, request_id):
            self._on_idle(self)

    def init_failed(self, payload: bytes) -> None:
        """Remember why the handler could not be loaded; the process ends next. Called by the Runtime API."""
        self._init_error = payload

    def _finish(self, outcome: Outcome, request_id: str | None = None) -> bool:
        """End the invocation in hand, once; say whether there was one."""
        with self._lock:
            invocation = self._current
            if invocation is None or request_id not in (None, invocation.request_id):
                return False
            self._current = None
            if self._timer:
                self._timer.cancel()
        invocation.future.set_result(outcome)
        return True

    def _arm(self, seconds: float) -> None:
        with self._lock:
            if self._timer:
                self._timer.cancel()
            if self._current:
                self._timer = Timer(seconds, self._time_out, [self._current])
                self._timer.daemon = True
                self._timer.start()

    def _time_out(self, invocation: Invocation) -> None:
        message = f"Task timed out after {self.timeout:.2f} seconds"
        outcome = invocation.fault("Sandbox.Timedout", message)
        if self._finish(outcome, invocation.request_id):
            self._log(self._name, f"[ERROR] {message}")
            self.kill()

    def _await_exit(self) -> None:
        status = self._process.wait()
        self._on_exit(self)
        with self._lock:
            invocation = self._current
            unseen = self.ready.is_set() and not self._seen
            if unseen:
                self._current = None
        if invocation and unseen:
            self._on_unseen(invocation)
        elif invocation:
            outcome = invocation.fault("Runtime.ExitError", _describe_exit(status))
            self._finish(Outcome(self._init_error, failed=True) if self._init_error else outcome)
        if self._timer:
            self._timer.cancel()
        self.ready.set()
        self._inbox.put(None)
        self._api.shutdown()
        self._api.server_close()
        if self._process.stdin:
            self._process.stdin.close()

    def _read_log(self) -> None:
        output = self._process.stdout
        if output:
            with output:
                for line in output:
                    self._log(self._name, line.decode(errors="replace").rstrip())


def _describe_exit(status: int) -> str:
    if status >= 0:
        return f"Runtime exited with error: exit status {status}"
    name = (signal.strsignal(-status) or str(-status)).split(":")[0]
    return f"Runtime exited with error: signal: {name.lower()}"
