"""Reads an execution's history: pure, from events as GetExecutionHistory gives them to a Story.

An event names the one before it, not its state. So each belongs to the visit of the event before it, but for
what ends an item, a Map or a state: that belongs to the innermost one around it of that name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from streamer.console.run.history_events import (
    Event,
    Place,
    around,
    container,
    details,
    iteration,
    seconds,
    task,
)
from streamer.console.run.visits import End, Item, Story, Visit

# A task's events; the older integrations (a function's or an activity's ARN) have names of their own.
_TASKS = ("Task", "LambdaFunction", "Activity")


def read(events: Iterable[Event], end: End | None = None) -> Story:
    """Return what the events, in any order, tell; the first ones may be missing.

    `end` is how the execution ended. What comes after it was stopped is of no interest: the local engine
    lets the state in hand end, and writes of the stop then.
    """
    reader = _Reader()
    ordered = sorted(events, key=lambda event: event["id"])
    stopped = end.at if end and end.status in {"ABORTED", "TIMED_OUT"} else float("inf")
    for event in ordered:
        if seconds(event) <= stopped or event["type"].startswith("Execution"):
            reader.take(event)
    story = reader.story
    if end:
        story.status, story.ended, story.error, story.cause = end.status, end.at, end.error, end.cause
    story.events = len(ordered)
    story.complete = not ordered or ordered[0]["id"] == 1
    _settle(story)
    return story


class _Reader:
    """Takes events in order. `_of` knows the visit of each, and the item for the first of an item."""

    def __init__(self) -> None:
        self.story = Story()
        self._of: dict[int, Place] = {}

    def take(self, event: Event) -> None:
        # AWS always names it; an emulator may not.
        kind, before = event["type"], self._of.get(event.get("previousEventId", event["id"] - 1))
        self._of[event["id"]] = self._place(kind, event, details(event), before)

    def _place(self, kind: str, event: Event, said: Mapping[str, Any], before: Place) -> Place:
        at = seconds(event)
        if kind.startswith("Execution"):
            self._execution(kind.removeprefix("Execution"), said, at)
            return None
        if kind.endswith("StateEntered"):
            return self._enter(kind.removesuffix("StateEntered"), event, said, before)
        if kind.endswith("StateExited"):
            left = around(before, said["name"]) or self._unseen(kind.removesuffix("StateExited"), said)
            left.exited, left.exited_event = at, event["id"]
            return left
        if kind.startswith("MapIteration"):
            return iteration(kind.removeprefix("MapIteration"), said, at, before)
        if kind.startswith(("MapState", "MapRun", "ParallelState")):
            return container(kind, event, said, at, before)
        for prefix in _TASKS:
            if kind.startswith(prefix):
                visit = before if isinstance(before, Visit) else self._redriven()
                if visit is not None:
                    task(kind.removeprefix(prefix), event, said, at, visit)
                return visit
        return before

    def _execution(self, what: str, said: Mapping[str, Any], at: float) -> None:
        story = self.story
        if what == "Started":
            story.started = at
        elif what == "Redriven":
            story.status, story.ended, story.error, story.cause = "RUNNING", None, "", ""
            story.closed = False
            story.redrives = said.get("redriveCount", story.redrives + 1)
            # What had not ended well goes on.
            for visit in self.story.all():
                if visit.exited is None and visit.attempts:
                    visit.attempts[-1].final = True
                    if visit.attempts[-1].ended is None:
                        visit.attempts[-1].end("aborted", at)
        else:
            story.status, story.closed = {"TimedOut": "TIMED_OUT"}.get(what, what.upper()), True
            story.ended, story.error, story.cause = at, said.get("error") or "", said.get("cause") or ""

    def _enter(self, kind: str, event: Event, said: Mapping[str, Any], before: Place) -> Visit:
        item = before if isinstance(before, Item) else before.item if before else None
        if isinstance(before, Visit) and before.kind == "Parallel" and before.exited is None:
            item = before.items.setdefault(0, Item(0, before, seconds(event)))
        visit = Visit(said["name"], kind, item, seconds(event), entered_event=event["id"])
        (item.visits if item else self.story.visits).append(visit)
        if isinstance(before, Visit) and before.exited is not None:
            self.story.ways.add((before.name, visit.name, before.failed))
        return visit

    def _redriven(self) -> Visit | None:
        """Return the state in which a redriven execution goes on: it is not entered again."""
        unfinished = [visit for visit in self.story.all() if visit.exited is None and visit.attempts]
        return unfinished[-1] if self.story.redrives and unfinished else None

    def _unseen(self, kind: str, said: Mapping[str, Any]) -> Visit:
        """Return a visit whose beginning is not in the events."""
        visit = Visit(said["name"], kind, None)
        self.story.visits.append(visit)
        return visit


def _settle(story: Story) -> None:
    ends = {"FAILED": "failed", "TIMED_OUT": "timed_out", "ABORTED": "aborted", "SUCCEEDED": "succeeded"}
    ended = ends.get(story.status, "")
    for visit in story.all():
        around = visit.item.status if visit.item and visit.item.ended is not None else ""
        over = around or ended
        visit.settle(over, visit.item.ended if visit.item and around else story.ended)
        for item in visit.items.values():
            # A Parallel's branches have no event of their own.
            if item.ended is None and (visit.exited is not None or over):
                item.ended = visit.exited if visit.exited is not None else story.ended
                item.status = "succeeded" if visit.status == "succeeded" else ended or "failed"
