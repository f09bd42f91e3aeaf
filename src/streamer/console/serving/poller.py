"""One poller for all pages: however many look at a job, it is read once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any, Protocol

from streamer.console.serving.board import Board

LINGER_SECONDS = 30.0  # a topic that nobody follows any more is kept: pages are reloaded
MOST_KEPT = 20
THREADS = 4  # so that a long list does not keep a job waiting
TROUBLE_SECONDS = 3.0


class Topic(Protocol):
    """Something to follow."""

    board: Board

    def refresh(self, now: float) -> float:
        """Read what is new; return in how many seconds to come again."""


@dataclass
class _Followed:
    topic: Topic
    followers: int = 0
    due: float = 0.0
    left: float = 0.0
    busy: bool = False


class Poller:
    """Refreshes the topics that are followed, each in one thread at a time, until `close`."""

    def __init__(self) -> None:
        self._topics: dict[Any, _Followed] = {}
        self._changed = Condition()
        self._open = True
        self._threads = [Thread(target=self._run, name="console", daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    @contextmanager
    def following(self, key: Any, make: Callable[[], Topic]) -> Iterator[Topic]:
        """Follow a topic, made by `make` unless somebody does already."""
        with self._changed:
            if key not in self._topics:
                self._topics[key] = _Followed(make())
            followed = self._topics[key]
            followed.followers += 1
            self._changed.notify_all()
        try:
            yield followed.topic
        finally:
            with self._changed:
                followed.followers -= 1
                followed.left = time.monotonic()

    def close(self) -> None:
        """Stop."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (followed := self._next()) is not None:
            now = time.monotonic()
            try:
                followed.due = now + followed.topic.refresh(now)
                followed.topic.board.put({"trouble": ""})
            except Exception as error:  # whatever AWS says, the next turn may be better; pages are told
                followed.due = now + TROUBLE_SECONDS
                followed.topic.board.put({"trouble": f"{type(error).__name__}: {error}"})
            with self._changed:
                followed.busy = False
                self._changed.notify_all()

    def _next(self) -> _Followed | None:
        """Wait for the topic that is due next; None when closed."""
        with self._changed:
            while self._open:
                self._forget()
                now = time.monotonic()
                live = [each for each in self._topics.values() if each.followers and not each.busy]
                soonest = min(live, key=lambda each: each.due, default=None)
                if soonest is not None and soonest.due <= now:
                    soonest.busy = True
                    return soonest
                self._changed.wait(soonest.due - now if soonest else LINGER_SECONDS)
        return None

    def _forget(self) -> None:
        now = time.monotonic()
        idle = [(each.left, key) for key, each in self._topics.items() if not (each.followers or each.busy)]
        idle.sort(key=lambda each: each[0], reverse=True)
        for number, (left, key) in enumerate(idle):
            if number >= MOST_KEPT or now - left > LINGER_SECONDS:
                del self._topics[key]
