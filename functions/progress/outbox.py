"""What a stage says, on its way to the log: one sender beside the work, which takes the newest value."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from jobs.clock import Clock
from jobs.log import JobEnded
from jobs.logger import logger
from progress.reporter import Update

Emit = Callable[[Update, int], Any]


class Outbox:
    """Holds at most one value that waits, and what must not be merged away.

    `emit(update, merged)` logs a frame that replaces `merged` older values. `wait()` is the seconds until a
    plain update may be sent.
    """

    def __init__(self, emit: Emit, wait: Callable[[], float], clock: Clock) -> None:
        self._emit, self._wait = emit, wait
        self._kept = deque[Update]()
        self._newest: Update | None = None
        self._merged = 0
        self._waiting = threading.Lock()  # over what waits
        self._sending = threading.RLock()  # over the log
        self._busy = False
        self._ended: JobEnded | None = None
        self._worker = clock.worker(self._work)

    def offer(self, update: Update, *, keep: bool = False) -> None:
        """Take what is to be sent, and return at once. It replaces what waits, unless that is to be kept.

        Raises:
            JobEnded: the job has ended meanwhile.
        """
        if self._ended:
            raise self._ended
        with self._waiting:
            idle = self._newest is None and not self._kept
            if keep:
                self._kept.append(update)
            else:
                self._merged += self._newest is not None
                self._newest = update
        if idle:
            self._worker.wake()

    def close(self) -> None:
        """Send what waits. Returns when it is logged."""
        with self._sending:
            while self._send():
                pass
        self._worker.close()

    def _work(self) -> float | None:
        """Send what may be sent; return the seconds until more may be, None where nothing waits."""
        with self._sending:
            while not self._busy and (self._kept or self._newest):
                if not self._kept and (seconds := self._wait()) > 0:
                    return seconds
                self._send()
        return None

    def _send(self) -> bool:
        """Send one value; say whether there was one."""
        with self._waiting:
            if self._kept:
                update, merged = self._kept.popleft(), 0
            elif self._newest:
                update, merged = self._newest, self._merged
                self._newest, self._merged = None, 0
            else:
                return False
        self._busy = True
        try:
            self._emit(update, merged)
        except JobEnded as ended:
            self._ended = ended
        except Exception:
            # Progress that cannot be logged does not stop the work; the next value carries newer news.
            logger.exception("could not report progress")
            with self._waiting:
                self._merged += merged + 1
        finally:
            self._busy = False
        return True
