"""The parent of all workers: imports once what most functions import, and forks.

A worker runs AWS's own runtime client, in a process with its own environment, folder, log and session; the
function's code is imported after the fork. Started by path, so that nothing of this package is on the
functions' import path. It is led over its standard input, a socket, by lines of JSON:

    {"start": N, "title", "handler", "cwd", "environment"}   with the log's pipe   → {"started": N, "pid"}
    {"kill": N}                                                                    → {"ended": N, "status"}

It has no threads: only so may it fork. It ends, and its workers, when the socket does, however that happened.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections import deque
from pathlib import Path
from typing import Any, NoReturn

import setproctitle

PRELOADED = (
    "boto3",
    "boto3.dynamodb.types",
    "boto3.s3.inject",
    # It imports its own parts when they are first needed, by every model.
    "pydantic.main",
    "pydantic.root_model",
    "pydantic.type_adapter",
    "pydantic.types",
    "aws_lambda_powertools",
)
# The models of these services are read once, by sessions that the workers inherit.
SERVICES = ("dynamodb", "s3", "stepfunctions", "apigatewaymanagementapi")
LIFELINE = 3  # a worker's pipe from the runner; who reads from its standard input is at its end
_FDS_AT_ONCE = 64


def main() -> None:
    """Lead workers until the runner ends."""
    setproctitle.setproctitle("streamer parent of workers")  # here first: it looks for its place in memory
    control = socket.socket(fileno=os.dup(0))
    lifeline = int(sys.argv[1])
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    wake_out, wake_in = socket.socketpair()
    wake_out.setblocking(False)
    wake_in.setblocking(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_in.fileno(), warn_on_full_buffer=False)
    preload()
    Parent(control, lifeline, wake_out, wake_in).run()


def preload() -> None:
    """Import what most functions import, as far as it is there."""
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if boto3 := sys.modules.get("boto3"):
        boto3.setup_default_session()
        for service in SERVICES:
            boto3.client(service)
        boto3.resource("dynamodb")
    # Pages that the collector does not touch stay shared.
    gc.collect()
    gc.freeze()


class Parent:
    """Forks workers, and tells of their ends."""

    def __init__(self, control: socket.socket, lifeline: int, *wakes: socket.socket) -> None:
        self._control, self._lifeline, self._wakes = control, lifeline, wakes
        self._pids: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        self._text, self._logs = b"", deque[int]()

    def run(self) -> None:
        """Do what is asked until the runner has ended; then end all workers, and wait for them."""
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ, self._read)
        selector.register(self._wakes[0], selectors.EVENT_READ, self._reap)
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                for key, _ in selector.select():
                    key.data()
        for pid in self._numbers:
            _kill(pid)
        for pid in self._numbers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _read(self) -> None:
        data, logs, _, _ = socket.recv_fds(self._control, 65536, _FDS_AT_ONCE)
        if not data:
            raise EOFError
        self._logs.extend(logs)
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            asked = json.loads(line)
            if "kill" in asked:
                if pid := self._pids.get(asked["kill"]):
                    _kill(pid)
            else:
                self._start(asked)

    def _start(self, asked: dict[str, Any]) -> None:
        log, number = self._logs.popleft(), asked["start"]
        try:
            pid = os.fork()
        except OSError as error:  # no more processes, or no memory
            os.write(log, f"[ERROR] A worker cannot be started: {error}\n".encode())
            os.close(log)
            self._say({"ended": number, "status": 1})
            return
        if pid == 0:
            self._control.close()
            be_a_worker(asked, log, self._lifeline)
        os.close(log)
        self._pids[number], self._numbers[pid] = pid, number
        self._say({"started": number, "pid": pid})

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wakes[0].recv(4096)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                number = self._numbers.pop(pid)
                del self._pids[number]
                self._say({"ended": number, "status": os.waitstatus_to_exitcode(status)})

    def _say(self, what: dict[str, int]) -> None:
        self._control.sendall(json.dumps(what).encode() + b"\n")


def _kill(pid: int) -> None:
    """End a worker and what it has started."""
    for end in (os.killpg, os.kill):  # the group is there a moment after the worker
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def be_a_worker(asked: dict[str, Any], log: int, lifeline: int) -> None:
    """Become a function's execution environment; never returns."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()  # Ctrl-C in the terminal is for the runner; and what a handler starts ends with it
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(lifeline, LIFELINE)
        os.closerange(LIFELINE + 1, 256)
        environment: dict[str, str] = asked["environment"]
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(asked["cwd"])
        setproctitle.setproctitle(asked["title"])
        status = _serve(asked["handler"], environment["PYTHONPATH"].split(os.pathsep))
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _serve(handler: str, paths: list[str]) -> int:
    own = {name.partition(".")[0] for name in PRELOADED}
    brought = (Path(path) / each for path in paths for name in own for each in (name, f"{name}.py"))
    if any(path.exists() for path in brought):
        # The function brings its own of what is imported here already: begin anew.
        os.set_inheritable(LIFELINE, True)
        os.execv(sys.executable, [sys.executable, "-P", __file__, "--alone", handler])  # noqa: S606
    sys.path[:0] = paths
    return serve(handler)


def serve(handler: str) -> int:
    """Run the runtime client for as long as the runner lives."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]
    threading.Thread(target=_end_with_the_runner, daemon=True).start()
    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = _refuse_breakpoint
    # What they read of the environment as they are imported is the worker's own.
    from awslambdaric.__main__ import main as run

    run([__file__, handler])  # type: ignore[no-untyped-call]
    return 0


def _end_with_the_runner() -> None:
    # It ends when the runner does, however that happened.
    while os.read(LIFELINE, 1):
        pass
    os._exit(1)


def _refuse_breakpoint(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError(
        "breakpoint(): a worker has no terminal. Call the step from a test (`pytest --pdb`), "
        "or start `streamer dev` with PYTHONBREAKPOINT naming a debugger that takes connections."
    )


if __name__ == "__main__":
    if sys.argv[1] == "--alone":
        sys.exit(serve(sys.argv[2]))
    main()
