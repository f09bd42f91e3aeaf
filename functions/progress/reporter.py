"""What a step says about itself while it works: where it is, and what to keep if it dies."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from jobs.checkpoints import SECONDS_BETWEEN, Checkpoint
from jobs.clock import Clock, SystemClock
from jobs.errors import OutOfTime
from jobs.job import Job

Item = TypeVar("Item")


@dataclass(frozen=True)
class Update:
    """What a step reports: how much of its stage is done (0-1), in words, and details for the client."""

    fraction: float
    message: str
    metadata: dict[str, Any] | None = None


class Progress:
    """A stage's voice. `report()` as often as you like: the newest value is sent, some times a second.

    In a unit test of a step, `Progress(updates.append)` is all that it needs; `Progress(None)` is silent.
    """

    def __init__(
        self,
        say: Callable[[Update], None] | None,
        *,
        job: Job | None = None,
        clock: Clock | None = None,
        checkpoint: Checkpoint | None = None,
        save: Callable[[Checkpoint], None] = lambda _: None,
        count: Callable[[int, str], None] = lambda _more, _message: None,
        seconds_left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._say = say
        self._job = job
        self._clock = clock or SystemClock()
        self._checkpoint = checkpoint
        self._save = save
        self._count = count
        self._seconds_left = seconds_left
        # A fifth of the time, at most 5 s, is kept for saving and flushing.
        self._margin = min(5.0, seconds_left() / 5)
        self._saved_at = self._clock.now()

    @property
    def job(self) -> Job:
        """The job that the stage belongs to."""
        if self._job is None:
            raise RuntimeError("this Progress was made without a job")
        return self._job

    def report(self, fraction: float, message: str, **metadata: Any) -> None:
        """Say that `fraction` (0-1) of the stage is done. Returns at once; the newest report wins.

        Raises:
            JobEnded: the job has ended meanwhile (it was cancelled, say); there is nothing left to do.
        """
        if self._say:
            self._say(Update(fraction, message, metadata or None))

    def track(
        self, items: Sequence[Item], message: str = "{done} of {total}", state: BaseModel | None = None
    ) -> Iterator[Item]:
        """Yield the items, reporting after each; `message` may use {done}, {total}, {item}, {state.has}.

        With `state`, the model that the loop fills, the stage can be resumed: the state is saved as the
        loop goes, and on the next attempt it is filled in again and the items that are done are skipped.
        A stage has one such loop. An item is done when the next one is asked for.

        Raises:
            OutOfTime: the function's time is nearly over; the state is saved.
        """
        total = len(items)
        done = self._resume(state)
        for item in items[done:]:
            yield item
            done += 1
            self.report(done / total, message.format(done=done, total=total, item=item, state=state))
            late = self._is_late()
            if state is not None and (late or self._clock.now() >= self._saved_at + SECONDS_BETWEEN):
                self._save(Checkpoint(done, total, state.model_dump(mode="json")))
                self._saved_at = self._clock.now()
            if late and done < total:
                raise OutOfTime(f"{done} of {total} done")

    def check_time(self) -> None:
        """Say nothing while there is time: for work that is one long call, and no loop of `track`.

        Raises:
            OutOfTime: the function's time is nearly over; what this attempt made is lost.
        """
        if self._is_late():
            raise OutOfTime("nothing that an attempt could go on at")

    def count(self, more: int, message: str = "{done} of {total}") -> None:
        """Say, inside a Map, that `more` of what its items have to do together is done.

        `message` may use {done} and {total}, which are the Map's. Where this crosses a whole percent of the
        job, a frame is sent.

        Raises:
            JobEnded: the job has ended meanwhile; there is nothing left to do.
        """
        self._count(more, message)

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._clock.now()

    def pause(self, seconds: float) -> None:
        """Return when `seconds` have passed; a wait of over a second is a state's (see `delay`)."""
        self._clock.sleep(seconds)

    def _is_late(self) -> bool:
        return self._seconds_left() < self._margin

    def _resume(self, state: BaseModel | None) -> int:
        if state is None or self._checkpoint is None:
            return 0
        saved = type(state).model_validate(self._checkpoint.state)
        for name in type(state).model_fields:
            setattr(state, name, getattr(saved, name))
        return self._checkpoint.done
