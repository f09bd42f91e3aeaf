"""The bars of a timeline: what a state did when. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from streamer.console.run.visits import Visit

# [phase, from, to or None while it lasts, number of the attempt, how the attempt ended or stands]
Bar = tuple[str, float, float | None, int, str]

NOTICED_SECONDS = 0.02  # shorter waits before a task is scheduled are not worth a bar
MOST_BARS = 400  # of one state, before they are drawn as one for each moment


def bars(visit: Visit, spoke: Mapping[tuple[str, int], float]) -> Iterator[Bar]:
    """Yield a visit's bars: waiting, starting, running, asking (for its token) and backing_off.

    `spoke` says when a stage's attempt sent its first frame: until then its function was starting.
    """
    if visit.entered is None:
        return
    if not visit.attempts:
        phase = "waiting" if visit.kind == "Wait" else "running"
        yield phase, visit.entered, visit.exited, 1, visit.status
        return
    if visit.attempts[0].scheduled - visit.entered > NOTICED_SECONDS:
        yield "waiting", visit.entered, visit.attempts[0].scheduled, 1, visit.status
    for number, attempt in enumerate(visit.attempts, start=1):
        works = attempt.started
        told = spoke.get((visit.name, number))
        if works is not None and told is not None and works <= told <= (attempt.ended or told):
            works = told
        if works is None:
            yield "starting", attempt.scheduled, attempt.ended, number, attempt.status
        else:
            if works > attempt.scheduled:
                yield "starting", attempt.scheduled, works, number, attempt.status
            until = attempt.submitted if attempt.submitted is not None else attempt.ended
            yield "running", works, until if until is None else max(until, works), number, attempt.status
        if attempt.submitted is not None:
            yield "asking", max(attempt.submitted, works or 0), attempt.ended, number, attempt.status
        if number < len(visit.attempts) and not attempt.final:  # what is redriven was over
            yield "backing_off", attempt.ended or 0, visit.attempts[number].scheduled, number, attempt.status
    if visit.status == "backing_off":
        yield "backing_off", visit.attempts[-1].ended or 0, None, len(visit.attempts), "failed"


def merged(found: list[Bar], most: int = MOST_BARS) -> list[Bar]:
    """Return the bars of a state that many items visit: `most` at most, each for a stretch of time.

    Bad ends win, so that a failure among ten thousand is seen.
    """
    if len(found) <= most:
        return found
    begins = min(bar[1] for bar in found)
    ends = max(bar[2] if bar[2] is not None else bar[1] for bar in found)
    width = max((ends - begins) / most, 1e-6)
    cells: dict[int, Bar] = {}
    for bar in found:
        cell = min(int((bar[1] - begins) / width), most - 1)
        there = cells.get(cell)
        worst = bar if there is None or _badness(bar) > _badness(there) else there
        until: Any = max((b[2] if b[2] is not None else ends for b in (bar, there) if b), default=ends)
        cells[cell] = (worst[0], begins + cell * width, until, worst[3], worst[4])
    return [cells[cell] for cell in sorted(cells)]


def _badness(bar: Bar) -> tuple[int, bool]:
    """Return what makes a bar worth showing in place of another: how it ended, then that work was done."""
    ends = ("succeeded", "running", "aborted", "timed_out", "failed")
    status = bar[4] if bar[4] in ends else "running"
    return ends.index(status), bar[0] == "running"
