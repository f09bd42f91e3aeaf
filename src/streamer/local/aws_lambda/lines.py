"""What workers write, shown in a thread of its own: a terminal is slow, and nobody waits for it."""

from queue import SimpleQueue
from threading import Thread

from streamer.local.aws_lambda.functions import Log

_FAREWELL_SECONDS = 1


class Lines:
    """Hands lines to `log`, in the order in which they came."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._queue: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def put(self, function: str, line: str) -> None:
        """Have a line shown."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
        self._queue.put((function, line))

    def close(self) -> None:
        """Show what has come, for a moment."""
        self._queue.put(None)
        if self._thread:
            self._thread.join(_FAREWELL_SECONDS)

    def _run(self) -> None:
        while said := self._queue.get():
            self._log(*said)
