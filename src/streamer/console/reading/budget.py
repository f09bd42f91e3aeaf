"""How often one may call: GetExecutionHistory is 20 a second for a whole account, and others want it too."""

import time
from collections.abc import Callable
from threading import Lock


class Budget:
    """`burst` calls at once, and then `rate` a second."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._seen = float(burst), clock()
        self._lock = Lock()

    def take(self) -> bool:
        """Take one call, if there is one."""
        with self._lock:
            now = self._clock()
            self._left = min(self._left + (now - self._seen) * self._rate, self._burst)
            self._seen = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
