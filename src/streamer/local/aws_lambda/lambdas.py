"""The Lambda service: a bounded set of warm workers per function, and a queue before them."""

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from threading import Lock, Timer

from streamer.local.aws_lambda.functions import Function, Log
from streamer.local.aws_lambda.runtime_api import Invocation, Outcome
from streamer.local.aws_lambda.worker import Worker

_MOST_WORKERS = 4
# Lambda waits for one and two minutes.
_RETRY_SECONDS = (1.0, 2.0)


class FunctionNotFound(LookupError):  # noqa: N818 — the event's name
    """No function has this name."""


class Lambdas:
    """Invokes functions, with at most `most_workers` processes for each."""

    def __init__(self, log: Log, most_workers: int = _MOST_WORKERS) -> None:
        self._log, self._most_workers = log, most_workers
        self._pools: dict[str, _Pool] = {}
        self._closed = False

    def declare(self, functions: Iterable[Function], endpoint_url: str) -> None:
        """Make `functions` known; nothing starts yet. Their SDKs will find AWS at `endpoint_url`.

        Of a function that is known already, new workers are as it is now; see `retire` for those that run.
        """
        for function in functions:
            if pool := self._pools.get(function.name):
                pool.function = function
            else:
                self._pools[function.name] = _Pool(function, endpoint_url, self._most_workers, self._log)

    def invoke(self, name: str, payload: bytes) -> Future[Outcome]:
        """Queue an invocation and return its outcome to come. Raises FunctionNotFound.

        `name` is a function's name or ARN, with or without a qualifier.
        """
        invocation = Invocation(payload)
        self._pool(name).submit(invocation)
        return invocation.future

    def send(self, name: str, payload: bytes) -> None:
        """Queue an event, as Lambda does for asynchronous callers: a failure is tried twice more.

        Raises FunctionNotFound.
        """
        self._attempt(self._pool(name), name, Invocation(payload), _RETRY_SECONDS)

    def warm(self, names: Iterable[str]) -> list[Worker]:
        """Start a worker for each function that has none, and return them; see `Worker.ready`."""
        return [worker for name in names for worker in self._pool(name).warm()]

    def retire(self, names: Iterable[str]) -> None:
        """Let no worker of these functions take another invocation; the next ones get new workers."""
        for name in names:
            self._pool(name).retire()

    def names(self) -> list[str]:
        """Return the names of all functions."""
        return list(self._pools)

    def pids(self, name: str, *, busy: bool = False) -> list[int]:
        """Return the process ids of the function's workers; with `busy` of those in mid invocation."""
        return [worker.pid for worker in self._pool(name).workers() if worker.invoking or not busy]

    def close(self) -> None:
        """Kill all workers and wait for them. What is in hand, queued, or yet to come fails."""
        self._closed = True
        workers = [worker for pool in self._pools.values() for worker in pool.close()]
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()

    def _attempt(self, pool: "_Pool", name: str, event: Invocation, delays: Sequence[float]) -> None:
        def ended(outcome: Future[Outcome]) -> None:
            if self._closed or not outcome.result().failed:
                return
            if not delays:
                self._log(name.split(":")[-1], "[ERROR] The event is dropped after the last retry")
                return
            again = Invocation(event.payload, event.request_id)
            timer = Timer(delays[0], self._attempt, [pool, name, again, delays[1:]])
            timer.daemon = True
            timer.start()

        event.future.add_done_callback(ended)
        pool.submit(event)

    def _pool(self, name: str) -> "_Pool":
        if name.startswith("arn:"):
            name = ":".join(name.split(":")[6:])
        try:
            return self._pools[name.split(":")[0]]
        except KeyError:
            raise FunctionNotFound(name) from None


class _Pool:
    """One function's workers."""

    def __init__(self, function: Function, endpoint_url: str, most: int, log: Log) -> None:
        self.function = function
        self._endpoint_url, self._most, self._log = endpoint_url, most, log
        self._lock = Lock()
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._queue: deque[Invocation] = deque()
        self._closed = False

    def submit(self, invocation: Invocation) -> None:
        with self._lock:
            self._queue.append(invocation)
            self._dispatch()

    def warm(self) -> list[Worker]:
        with self._lock:
            if all(worker.retired for worker in self._workers) and not self._closed:
                self._idle.append(self._start())
            return list(self._workers)

    def workers(self) -> list[Worker]:
        with self._lock:
            return list(self._workers)

    def retire(self) -> None:
        with self._lock:
            ended, self._idle = self._idle, []
            for worker in self._workers:
                worker.retired = True
        for worker in ended:
            worker.kill()

    def close(self) -> list[Worker]:
        with self._lock:
            self._closed = True
            self._dispatch()
            return list(self._workers)

    def _dispatch(self) -> None:
        """Give what waits to who is free. The lock is held."""
        while self._queue:
            if self._closed:
                invocation = self._queue.popleft()
                invocation.future.set_result(invocation.fault("Runtime.ExitError", "The runner has ended"))
                continue
            if self._idle:
                worker = self._idle.pop()  # the last one used is the warmest
            elif sum(not worker.retired for worker in self._workers) < self._most:
                worker = self._start()
            else:
                return
            worker.give(self._queue.popleft())

    def _start(self) -> Worker:
        worker = Worker(
            self.function, self._endpoint_url, self._on_idle, self._on_exit, self.submit, self._log
        )
        self._workers.append(worker)
        return worker

    def _on_idle(self, worker: Worker) -> None:
        if worker.retired:
            worker.kill()
            return
        with self._lock:
            if worker in self._workers:
                self._idle.append(worker)
                self._dispatch()

    def _on_exit(self, worker: Worker) -> None:
        with self._lock:
            self._workers.remove(worker)
            if worker in self._idle:
                self._idle.remove(worker)
            self._dispatch()
