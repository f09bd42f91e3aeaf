"""The Lambda service: functions in warm worker processes, as many as there is work, and their queues."""

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Thread, get_ident
from time import monotonic
from typing import Any

from streamer.local.aws_lambda import given_up
from streamer.local.aws_lambda.forking import Forks
from streamer.local.aws_lambda.functions import Function, Log
from streamer.local.aws_lambda.invocations import Invocation, Outcome
from streamer.local.aws_lambda.lines import Lines
from streamer.local.aws_lambda.pool import AT_ONCE, Pool
from streamer.local.aws_lambda.pressure import Gauge
from streamer.local.aws_lambda.worker import Worker

# Lambda waits for one and two minutes.
_RETRY_SECONDS = (1.0, 2.0)
_ROUND_SECONDS = 0.2
_CROWDED = 0.7  # of the runner's own processor, or of all: then more workers would not help
IDLE_SECONDS = 300.0  # then a worker that is left over ends
_WORKER_BYTES = 64 * 2**20


class FunctionNotFound(LookupError):  # noqa: N818 — the event's name
    """No function has this name."""


def most_workers() -> int:
    """Return how many workers this machine holds: half of its memory's worth, 128 at most."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(8, min(128, memory // 2 // _WORKER_BYTES))


class Lambdas:
    """Invokes functions, with at most `most` worker processes in all. Its methods are for any thread.

    It lives on the event loop that is running when it is started, or else on one of its own. `keep` takes
    what it gives up on: the ARN of the function's queue, and a text for it; in a thread, for it may wait.
    """

    def __init__(self, log: Log, most: int | None = None) -> None:
        self._lines = Lines(log)
        self._most = most or most_workers()
        self._pools: dict[str, Pool] = {}
        self._functions: dict[str, Function] = {}
        self._endpoint_url = ""
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._own: Thread | None = None
        self._forks: Forks | None = None
        self._gauge = Gauge()
        self.keep: Callable[[str, str], Any] | None = None

    def start(self) -> None:
        """Begin to prepare the parent of all workers."""
        try:
            self._loop = asyncio.get_running_loop()
            self._thread = get_ident()
        except RuntimeError:
            self._loop = asyncio.new_event_loop()
            self._own = Thread(target=self._loop.run_forever, name="lambda", daemon=True)
            self._own.start()
            self._thread = self._own.ident or 0
        self._wait_for(self._open, self._loop)

    def declare(self, functions: Iterable[Function], endpoint_url: str) -> None:
        """Make `functions` known; nothing starts yet. Their SDKs will find AWS at `endpoint_url`.

        Of a function that is known already, new workers are as it is now; see `retire` for those that run.
        """
        if self._loop is None:
            self.start()
        self._endpoint_url = endpoint_url
        for function in functions:
            self._functions[function.name] = function
            self._pools.setdefault(function.name, Pool(partial(self._start_worker, function.name)))

    def invoke(self, name: str, payload: bytes) -> Future[Outcome]:
        """Queue an invocation and return its outcome to come. Raises FunctionNotFound.

        `name` is a function's name or ARN, with or without a qualifier.
        """
        invocation = Invocation(payload)
        self._submit(self._pool(name), invocation)
        return invocation.future

    def send(self, name: str, payload: bytes) -> None:
        """Queue an event, as Lambda does for asynchronous callers: a failure is tried twice more, then kept.

        Raises FunctionNotFound.
        """
        pool, retries = self._pool(name), self._functions[_plain(name)].retries
        self._attempt(pool, name, Invocation(payload), _RETRY_SECONDS[:retries])

    def warm(self, names: Iterable[str]) -> list[Worker]:
        """Start a worker for each function that has none, and return all; see `Worker.ready`."""
        started: list[Worker] = self._wait_for(self._warm, [self._pool(name) for name in names])
        return started

    def retire(self, names: Iterable[str]) -> None:
        """Let no worker of these functions take another invocation; the next ones get new workers."""
        self._wait_for(self._retire, [self._pool(name) for name in names])

    def describe(self, name: str) -> dict[str, Any]:
        """Return a function's configuration, as GetFunctionConfiguration does. Raises FunctionNotFound."""
        function = self._functions.get(_plain(name))
        if function is None:
            raise FunctionNotFound(name)
        return {
            "FunctionName": function.name,
            "FunctionArn": function.arn,
            "Handler": function.handler,
            "MemorySize": function.memory,
            "Timeout": int(function.timeout),
            "Environment": {"Variables": function.environment},
        }

    def names(self) -> list[str]:
        """Return the names of all functions."""
        return list(self._pools)

    def pids(self, name: str, *, busy: bool = False) -> list[int]:
        """Return the process ids of the function's workers; with `busy` of those in mid invocation."""
        workers = list(self._pool(name).workers)
        return [worker.pid for worker in workers if worker.pid and (worker.invoking or not busy)]

    def kill(self, wanted: Callable[[bytes], bool]) -> list[str]:
        """Kill the workers whose invocation in hand has a payload that is `wanted`; name their functions."""
        killed: list[str] = self._wait_for(self._kill, wanted)
        return killed

    def close(self) -> None:
        """Kill all workers and wait for them. What is in hand, queued, or yet to come fails."""
        forks, self._forks = self._forks, None
        self._closed = True
        if self._loop is None or forks is None:
            return
        self._wait_for(self._fail_all, forks)
        forks.close()
        self._lines.close()
        if self._own:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._own.join()
            self._loop.close()

    # On the event loop -----------------------------------------------------------------------------------

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._forks = Forks(loop)
        self._forks.open()
        loop.call_later(_ROUND_SECONDS, self._go_round)

    def _start_worker(self, name: str) -> Worker | None:
        workers = sum(len(pool.workers) for pool in self._pools.values())
        if self._closed or self._forks is None or (workers >= self._most and not self._make_room()):
            return None
        pool, function = self._pools[name], self._functions[name]
        on_exit = partial(self._on_exit, pool)
        return Worker(
            function, self._endpoint_url, self._forks, partial(self._on_idle, pool), on_exit, self._lines.put
        )

    def _make_room(self) -> bool:
        """End the worker that has been idle for longest; say whether there was one."""
        idle = [(worker.since, pool, worker) for pool in self._pools.values() for worker in pool.idle]
        if not idle:
            return False
        _, pool, worker = min(idle, key=lambda each: each[0])
        self._end(pool, worker)
        return True

    def _end(self, pool: Pool, worker: Worker) -> None:
        pool.idle.remove(worker)
        worker.retired = True
        worker.kill()

    def _on_idle(self, pool: Pool, worker: Worker) -> None:
        starving = any(other.queue and not other.workers for other in self._pools.values())
        if worker.retired or (starving and not pool.queue):
            worker.retired = True
            worker.kill()
        else:
            pool.rest(worker)

    def _on_exit(self, pool: Pool, worker: Worker) -> None:
        pool.remove(worker)
        for other in self._pools.values():
            other.dispatch()

    def _go_round(self) -> None:
        """Look at what time alone brings: waits, memory, idleness."""
        if self._closed or self._loop is None:
            return
        late = monotonic() - IDLE_SECONDS
        own = self._gauge.share()
        all_of_us = own + sum(pool.demand() for pool in self._pools.values())
        crowded = own > _CROWDED or all_of_us > _CROWDED * AT_ONCE
        for pool in self._pools.values():
            for worker in pool.workers:
                if worker.invoking:
                    worker.check_memory()
            for worker in [worker for worker in pool.idle if worker.since < late]:
                self._end(pool, worker)
            pool.look(crowded=crowded)
        self._loop.call_later(_ROUND_SECONDS, self._go_round)

    def _warm(self, pools: Sequence[Pool]) -> list[Worker]:
        for pool in pools:
            if all(worker.retired for worker in pool.workers):
                pool.grow()
        return [worker for pool in pools for worker in pool.workers]

    def _kill(self, wanted: Callable[[bytes], bool]) -> list[str]:
        having = [
            (name, worker)
            for name, pool in self._pools.items()
            for worker in pool.workers
            if worker.in_hand is not None and wanted(worker.in_hand)
        ]
        for _, worker in having:
            worker.kill()
        return [name for name, _ in having]

    def _retire(self, pools: Sequence[Pool]) -> None:
        for pool in pools:
            for worker in pool.retire():
                worker.kill()

    def _fail_all(self, forks: Forks) -> None:
        forks.forget()
        for pool in self._pools.values():
            for invocation in pool.queue:
                invocation.future.set_result(invocation.fault("Runtime.ExitError", "The runner has ended"))
            pool.queue.clear()
            for worker in list(pool.workers):
                worker.end()

    # From any thread -------------------------------------------------------------------------------------

    def _submit(self, pool: Pool, invocation: Invocation) -> None:
        if self._closed or self._loop is None:
            invocation.future.set_result(invocation.fault("Runtime.ExitError", "The runner has ended"))
        elif get_ident() == self._thread:
            pool.submit(invocation)
        else:
            self._loop.call_soon_threadsafe(pool.submit, invocation)

    def _wait_for(self, function: Callable[..., Any], *args: Any) -> Any:
        if self._loop is None or get_ident() == self._thread:
            return function(*args)
        done: Future[Any] = Future()

        def call() -> None:
            try:
                done.set_result(function(*args))
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(call)
        return done.result()

    def _attempt(self, pool: Pool, name: str, event: Invocation, delays: Sequence[float]) -> None:
        def ended(outcome: Future[Outcome]) -> None:
            if self._closed or self._loop is None or not outcome.result().failed:
                return
            if not delays:
                self._give_up(self._functions[_plain(name)], event, outcome.result())
                return
            again = Invocation(event.payload, event.request_id)
            self._loop.call_later(delays[0], self._attempt, pool, name, again, delays[1:])

        event.future.add_done_callback(ended)
        self._submit(pool, event)

    def _give_up(self, function: Function, event: Invocation, outcome: Outcome) -> None:
        if not (function.on_failure and self.keep and self._loop):
            self._lines.put(function.name, "[ERROR] The event is dropped after the last retry")
            return
        self._lines.put(function.name, "[ERROR] The event goes to the dead letters after the last retry")
        letter = json.dumps(given_up.record(function, event, outcome))
        self._loop.run_in_executor(None, self.keep, function.on_failure, letter)

    def _pool(self, name: str) -> Pool:
        try:
            return self._pools[_plain(name)]
        except KeyError:
            raise FunctionNotFound(name) from None


def _plain(name: str) -> str:
    """Return a function's name: without what makes it an ARN, and without a qualifier."""
    return (name.split(":", 6)[6] if name.startswith("arn:") else name).split(":")[0]
