"""One function's workers: as many as there is work that waits for them."""

import os
from collections import deque
from collections.abc import Callable
from time import monotonic

from streamer.local.aws_lambda.invocations import Invocation
from streamer.local.aws_lambda.worker import Worker

# What waits is in hand after so long; if not, more workers are worth the time that they take to start.
PATIENCE_SECONDS = 0.5
AT_ONCE = os.cpu_count() or 1  # so many find a processor each
_WEIGHT = 0.2  # of the newest duration in the mean


class Pool:
    """Gives invocations to idle workers, and starts more where that helps; on the event loop.

    `start` makes a worker, or returns None where there may be no more of them in all.
    """

    def __init__(self, start: Callable[[], Worker | None]) -> None:
        self._start = start
        self.workers: list[Worker] = []
        self.idle: list[Worker] = []
        self.queue: deque[Invocation] = deque()
        self._seconds = 0.0  # that an invocation takes, by the last ones
        self._crowded = False

    def submit(self, invocation: Invocation) -> None:
        """Have an invocation done."""
        self.queue.append(invocation)
        self.dispatch()

    def dispatch(self) -> None:
        """Give what waits to who is free; start workers for the rest, as far as they help."""
        while self.queue and self.idle:
            worker = self.idle.pop()  # the last one used is the warmest
            if worker.give(self.queue[0]):
                self.queue.popleft()
        for _ in range(self._wanted()):
            if not self.grow():
                return

    def grow(self) -> Worker | None:
        """Start a worker, if there may be one."""
        worker = self._start()
        if worker:
            self.workers.append(worker)
        return worker

    def demand(self) -> float:
        """Return how many processors the workers that have work would keep busy, since the last look."""
        return sum(worker.gauge.share() for worker in self.workers if worker.invoking and worker.gauge)

    def look(self, *, crowded: bool) -> None:
        """Look at what waits; where it is `crowded` more workers would only take from those at work."""
        self._crowded = crowded
        self.dispatch()

    def rest(self, worker: Worker) -> None:
        """Take a worker that awaits an invocation."""
        if worker.took is not None:
            self._seconds += _WEIGHT * (worker.took - self._seconds)
        self.idle.append(worker)
        self.dispatch()

    def remove(self, worker: Worker) -> None:
        """Forget a worker that has ended. What it never came to do fails as it did."""
        self.workers.remove(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        if worker.stillborn and self.queue:
            invocation = self.queue.popleft()
            invocation.future.set_result(worker.stillborn(invocation))
        self.dispatch()

    def retire(self) -> list[Worker]:
        """Take no more from the workers that there are; return those that may end at once."""
        for worker in self.workers:
            worker.retired = True
        ended, self.idle = self.idle, []
        return ended

    def _wanted(self) -> int:
        """Return how many more workers would shorten the wait, and can be started at once."""
        if not self.queue:
            return 0
        starting = sum(not worker.ready.is_set() for worker in self.workers)
        serving = sum(not worker.retired for worker in self.workers)
        waiting = len(self.queue) - starting
        if waiting <= 0 or starting >= AT_ONCE:
            return 0
        now = monotonic()
        in_hand = [now - worker.since for worker in self.workers if worker.invoking]
        seconds = max([self._seconds, *in_hand])
        helpful = 0 if self._crowded else int(waiting * seconds / PATIENCE_SECONDS)
        return min(waiting, max(helpful, AT_ONCE - serving), AT_ONCE)
