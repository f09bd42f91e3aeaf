"""What a page is sent of a job: named values, each small, so that only what changed crosses again. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streamer.console.run.job_items import LoggedFrame
from streamer.console.run.phases import bars, merged
from streamer.console.run.visits import OPEN, Item, Story, Visit

MOST_VISITS = 100
ITEMS_A_VALUE = 250
FRAMES_A_VALUE = 100

_WORST = ("running", "starting", "waiting", "backing_off", "failed", "timed_out", "aborted", "caught")

Values = dict[str, Any]


def of_story(story: Story, frames: Sequence[LoggedFrame]) -> Values:
    """Return the values of an execution: `execution`, `state/NAME`, `items/NAME/N`."""
    values: Values = {
        "execution": {
            "status": story.status,
            "started": story.started,
            "ended": story.ended,
            "error": story.error,
            "cause": story.cause,
            "redrives": story.redrives,
            "events": story.events,
            "complete": story.complete,
            "ways": sorted(story.ways),
        }
    }
    spoke = _first_words(frames)
    by_name: dict[str, list[Visit]] = {}
    for visit in story.all():
        by_name.setdefault(visit.name, []).append(visit)
    for name, visits in by_name.items():
        values[f"state/{name}"] = _state(visits, spoke)
        if visits[-1].kind == "Map" and visits[-1].items:
            rows = [_item(item) for _, item in sorted(visits[-1].items.items())]
            values |= _in_pieces(f"items/{name}", rows, ITEMS_A_VALUE)
    return values


def of_frames(frames: Sequence[LoggedFrame]) -> Values:
    """Return the values `frames/N`, a hundred frames each: [seq, time, bytes, frame, updates it replaced]."""
    before = [0, *(frame.merged for frame in frames)]
    rows = [
        [frame.seq, frame.time, frame.size, frame.frame, frame.merged - merged]
        for frame, merged in zip(frames, before, strict=False)
    ]
    return _in_pieces("frames", rows, FRAMES_A_VALUE)


def _state(visits: list[Visit], spoke: Mapping[tuple[str, int], float]) -> dict[str, Any]:
    last = visits[-1]
    many = last.item is not None and last.item.of.kind == "Map"
    found = [bar for visit in visits for bar in bars(visit, spoke)]
    counts = Counter(visit.status for visit in visits)
    ends = [end for visit in visits if (end := _end(visit)) is not None]
    entered = [visit.entered for visit in visits if visit.entered is not None]
    state: dict[str, Any] = {
        "kind": last.kind,
        "status": _overall(counts) if many else last.status,
        "entered": min(entered, default=None),
        "ended": None if counts.keys() & OPEN else max(ends, default=None),
        "attempts": max(len(visit.attempts) for visit in visits) or 1,
        "visits": len(visits),
        "bars": merged(found),
        "recent": [_visit(visit) for visit in visits[-MOST_VISITS:]],
    }
    if many:
        state["counts"] = dict(counts)
    if last.kind == "Map":
        state["length"] = last.length or len(last.items)
        state["counts"] = dict(Counter(item.status for item in last.items.values()))
        state["map_run"] = last.map_run
    return state


def _end(visit: Visit) -> float | None:
    if visit.exited is not None:
        return visit.exited
    return visit.attempts[-1].ended if visit.attempts else None


def _overall(counts: Counter[str]) -> str:
    """Return the status that tells most of what many items do in a state."""
    return next((status for status in _WORST if counts[status]), "succeeded")


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "item": visit.item.index if visit.item else None,
        "status": visit.status,
        "entered": visit.entered,
        "exited": visit.exited,
        "input": visit.entered_event,
        "output": visit.exited_event,
        "attempts": [
            {
                "event": attempt.event,
                "scheduled": attempt.scheduled,
                "ended": attempt.ended,
                "status": attempt.status,
                "error": attempt.error,
                "cause": attempt.cause,
                "last": attempt.last_event,
            }
            for attempt in visit.attempts
        ],
    }


def _item(item: Item) -> list[Any]:
    """Return [index, status, started, ended, state, attempts, input event, output event, error]."""
    first, last = (item.visits[0], item.visits[-1]) if item.visits else (None, None)
    tries = sum(max(len(visit.attempts) - 1, 0) for visit in item.visits)
    errors = [attempt.error for visit in item.visits for attempt in visit.attempts if attempt.error]
    return [
        item.index,
        item.status,
        item.started,
        item.ended,
        last.name if last else "",
        tries + 1,
        first.entered_event if first else 0,
        last.exited_event if last else 0,
        errors[-1] if errors else "",
    ]


def _in_pieces(name: str, rows: Sequence[Any], size: int) -> Values:
    return {f"{name}/{start // size}": rows[start : start + size] for start in range(0, len(rows), size)}


def _first_words(frames: Iterable[LoggedFrame]) -> dict[tuple[str, int], float]:
    spoke: dict[tuple[str, int], float] = {}
    for each in frames:
        if each.frame.get("type") == "progress":
            spoke.setdefault((each.frame["stage"], each.frame["attempt"]), each.time)
    return spoke
