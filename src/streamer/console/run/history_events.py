"""One event of a history: what it says, and what it does to the visit that it belongs to. Pure."""

from collections.abc import Mapping
from typing import Any

from streamer.console.run.visits import Attempt, Item, Visit

Event = Mapping[str, Any]
Place = Visit | Item | None  # what an event belongs to

_ENDS = {"Succeeded": "succeeded", "Failed": "failed", "TimedOut": "timed_out", "Aborted": "aborted"}


def details(event: Event) -> Mapping[str, Any]:
    """Return what an event says beside its type and time."""
    for name, value in event.items():
        if name.endswith("EventDetails"):
            found: Mapping[str, Any] = value or {}
            return found
    return {}


def seconds(event: Event) -> float:
    """Return when an event was."""
    at = event["timestamp"]
    return float(at if isinstance(at, int | float) else at.timestamp())


def around(place: Place, name: str | None = None) -> Visit | None:
    """Return the innermost visit around a place, of that name where one is given."""
    visit = place.of if isinstance(place, Item) else place
    while visit is not None and name is not None and visit.name != name:
        visit = visit.item.of if visit.item else None
    return visit


def iteration(what: str, said: Mapping[str, Any], at: float, before: Place) -> Place:
    """Begin or end a Map's item; return it."""
    visit = around(before, said.get("name"))
    if visit is None:
        return before
    index = said.get("index", 0)
    item = visit.items.get(index)
    if item is None or what == "Started":
        item = visit.items[index] = Item(index, visit, at)
    if what in _ENDS:
        item.ended, item.status = at, _ENDS[what]
    return item


def container(kind: str, event: Event, said: Mapping[str, Any], at: float, before: Place) -> Place:
    """Begin or end what a Map or Parallel does as a whole; return its visit."""
    visit = around(before)
    while visit is not None and visit.kind not in {"Map", "Parallel"}:
        visit = visit.item.of if visit.item else None
    if visit is None:
        return before
    if kind in {"MapStateStarted", "ParallelStateStarted"}:
        visit.items, visit.length = {}, said.get("length", 0)  # a retry begins with none
        visit.attempts.append(Attempt(event["id"], at, at, status="running"))
    elif kind in {"MapRunStarted", "MapRunRedriven"}:
        visit.map_run = said.get("mapRunArn", visit.map_run)
    elif visit.attempts and (what := kind.removeprefix(f"{visit.kind}State")) in _ENDS:
        _end(visit.attempts[-1], what, event, said, at)
    return visit


def task(what: str, event: Event, said: Mapping[str, Any], at: float, visit: Visit) -> None:
    """Begin a task's attempt, or go on with the last one."""
    if what == "Scheduled":
        visit.attempts.append(Attempt(event["id"], at))
    elif not visit.attempts:
        return
    elif what == "Started":
        visit.attempts[-1].started, visit.attempts[-1].status = at, "running"
    elif what == "Submitted":
        visit.attempts[-1].submitted, visit.attempts[-1].status = at, "waiting"
    else:  # also what failed before it began: ScheduleFailed, StartFailed, SubmitFailed
        _end(visit.attempts[-1], what if what in _ENDS else "Failed", event, said, at)


def _end(attempt: Attempt, what: str, event: Event, said: Mapping[str, Any], at: float) -> None:
    attempt.end(_ENDS[what], at)
    attempt.error, attempt.cause = said.get("error") or "", said.get("cause") or ""
    attempt.last_event = event["id"]
