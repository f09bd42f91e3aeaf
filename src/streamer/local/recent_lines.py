"""The newest lines that functions have logged, for whoever looks at a run."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock
from typing import Any

KEPT_LINES = 5000  # of each function
MOST_FOUND = 500
MARGIN_SECONDS = 0.5


class RecentLines:
    """Keeps lines in memory. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[tuple[float, str]]] = defaultdict(lambda: deque(maxlen=KEPT_LINES))
        self._lock = Lock()

    def kept(self, show: Callable[[str, str], None]) -> Callable[[str, str], None]:
        """Return a function that keeps a function's line, and shows it."""

        def keep(function: str, line: str) -> None:
            with self._lock:
                self._lines[function].append((time.time(), line))
            show(function, line)

        return keep

    def of(self, function: str, request_id: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return lines of a stretch of time: those that name the job, and those that name none, as traces.

        Metrics are no job's.
        """
        with self._lock:
            lines = list(self._lines.get(function, ()))
        return [
            {"time": at, "text": text.replace("\r", "\n")}
            for at, text in lines
            if since - MARGIN_SECONDS <= at <= until + MARGIN_SECONDS
            and (f'"{request_id}"' in text or ('"request_id"' not in text and '"_aws"' not in text))
        ][-MOST_FOUND:]

    def link(self, function: str) -> str | None:  # noqa: ARG002 - as CloudWatch's
        """Return None: no console of AWS shows them."""
        return None
