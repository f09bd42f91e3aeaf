"""The one source of time. Tests turn it by hand."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

Work = Callable[[], float | None]


class Worker(Protocol):
    """Does its work beside its owner's."""

    def wake(self) -> None:
        """Let it look for work. Returns at once."""

    def close(self) -> None:
        """Let it rest for good, when it is through with what it does."""


class Clock(Protocol):
    """Seconds, and work to be done when some have passed."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed."""

    def worker(self, work: Work) -> Worker:
        """Return what calls `work` whenever it is woken, and again after the seconds that it returns."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:  # noqa: D102 - Clock says
        return time.time()

    def sleep(self, seconds: float) -> None:  # noqa: D102 - Clock says
        time.sleep(seconds)

    def worker(self, work: Work) -> Worker:  # noqa: D102 - Clock says
        return _Thread(work)


class _Thread:
    """A worker in a thread of its own, which begins with the first work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._woken = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._woken.set()

    def close(self) -> None:
        self._closed = True
        self._woken.set()

    def _run(self) -> None:
        wait: float | None = None
        while True:
            self._woken.wait(wait)
            if self._closed:
                return
            self._woken.clear()
            wait = self._work()
