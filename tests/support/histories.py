"""Histories as GetExecutionHistory gives them, event by event, and very long ones."""

from typing import Any

Event = dict[str, Any]
START = 1_700_000_000.0


class History:
    """Events one after the other, a second apart unless told otherwise. `before` follows another event."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now = START

    def add(self, kind: str, *, before: int | None = None, after: float = 1.0, **details: Any) -> int:
        """Add an event; return its id."""
        self.now += after
        number = len(self.events) + 1
        event = {
            "id": number,
            "previousEventId": number - 1 if before is None else before,
            "type": kind,
            "timestamp": self.now,
        }
        self.events.append({**event, "someEventDetails": details} if details else event)
        return number

    def enter(self, name: str, kind: str = "Task", **more: Any) -> int:
        """A state is entered."""
        return self.add(f"{kind}StateEntered", name=name, **more)

    def leave(self, name: str, kind: str = "Task", **more: Any) -> int:
        """A state is left."""
        return self.add(f"{kind}StateExited", name=name, **more)

    def attempt(self, end: str = "Succeeded", **details: Any) -> int:
        """A task is scheduled, started, and ends so; "" leaves it running."""
        self.add("TaskScheduled")
        started = self.add("TaskStarted", after=0.5)
        return self.add(f"Task{end}", **details) if end else started

    def run(self, name: str) -> int:
        """A task runs from its beginning to its end."""
        self.enter(name)
        self.attempt()
        return self.leave(name)


def long(events: int) -> list[Event]:
    """Return a history of about so many events: two states that take turns."""
    history = History()
    history.add("ExecutionStarted")
    while len(history.events) < events - 5:
        history.run("Look" if len(history.events) % 10 < 5 else "Work")
    history.add("ExecutionSucceeded")
    return history.events


def wide(items: int, fails_every: int = 100) -> list[Event]:
    """Return the history of an inline Map whose items run beside each other; some of them fail."""
    history = History()
    history.add("ExecutionStarted")
    history.enter("Each", "Map")
    begun = history.add("MapStateStarted", length=items)
    last = [
        history.add("MapIterationStarted", before=begun, after=0.001, name="Each", index=index)
        for index in range(items)
    ]
    for index in range(items):
        fails = index % fails_every == fails_every - 1
        entered = history.add("TaskStateEntered", before=last[index], after=0.001, name="Work")
        scheduled = history.add("TaskScheduled", before=entered, after=0.001)
        started = history.add("TaskStarted", before=scheduled, after=0.001)
        ended = history.add(
            "TaskFailed" if fails else "TaskSucceeded", before=started, after=0.001, error="Bad" * fails
        )
        left = history.add("TaskStateExited", before=ended, after=0.001, name="Work")
        if fails:
            caught = history.add("PassStateEntered", before=left, after=0, name="Note the failure")
            left = history.add("PassStateExited", before=caught, after=0, name="Note the failure")
        last[index] = history.add("MapIterationSucceeded", before=left, after=0.001, name="Each", index=index)
    history.add("MapStateSucceeded", before=last[-1])
    history.leave("Each", "Map")
    history.add("ExecutionSucceeded")
    return history.events
