"""The one source of time. Tests turn it by hand."""

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Alarm(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Forget the call, if it has not begun."""


class Clock(Protocol):
    """Seconds, and things to do when some have passed."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed."""

    def call_later(self, seconds: float, function: Callable[[], None]) -> Alarm:
        """Call `function`, in a thread of its own, when `seconds` have passed."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:  # noqa: D102 - Clock says
        return time.time()

    def sleep(self, seconds: float) -> None:  # noqa: D102 - Clock says
        time.sleep(seconds)

    def call_later(self, seconds: float, function: Callable[[], None]) -> Alarm:  # noqa: D102 - Clock says
        timer = threading.Timer(seconds, function)
        timer.daemon = True
        timer.start()
        return timer
