"""The stages of a state machine, read from its document: the one place where they are read.

A stage is a Task whose payload has a `progress` range, or a Map with such a Task inside it. What
`streamer actions`, docs/asyncapi.yaml and the docs say of stages comes from here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_RETRIES = 3  # of a retrier that does not say


@dataclass(frozen=True)
class Stage:
    """A part of a job: from `start` to `end`, in percent of the whole.

    `seconds` is the longest that one attempt may take, None where the document has no number for it (the
    template may); `attempts` is how often it is made at most where trying again may help (TransientError).
    `function` is the `${Name}` of its Lambda function. `each`: it runs once for each item of a Map. `waits`:
    it ends when somebody hands its task's token back. `always`: no Choice leads past it.
    """

    name: str
    start: float
    end: float
    seconds: float | None
    attempts: int
    function: str
    each: bool
    waits: bool
    always: bool

    def __str__(self) -> str:
        return f"{self.name} ({self.start:g}-{self.end:g})"

    def document(self) -> dict[str, Any]:
        """Return the stage for other programs; `each_item`, `waits` and `optional` only where they hold."""
        notes = {"each_item": self.each, "waits": self.waits, "optional": not self.always}
        return {
            "name": self.name,
            "from": self.start,
            "to": self.end,
            "timeout_seconds": self.seconds,
            "attempts": self.attempts,
            **{note: True for note, holds in notes.items() if holds},
        }


def stages(machine: Mapping[str, Any]) -> list[Stage]:
    """Return a machine's stages in the order of their ranges, those of all ways that may succeed."""
    found = [
        _stage(name, state, task, always=not _ends(machine, without=name))
        for name in _reached(machine)
        if (task := _speaking(state := machine["States"][name])) is not None
    ]
    return sorted(found, key=lambda stage: (stage.start, stage.end))


def part(state: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the `progress` that a state declares, a Map that of the Task inside it: `{from, to, total?}`."""
    task = _speaking(state)
    return None if task is None else _progress(task)


def following(state: Mapping[str, Any]) -> list[str]:
    """Return the states that may come next, while nothing fails."""
    names = [choice["Next"] for choice in state.get("Choices", [])]
    names += [state[key] for key in ("Default", "Next") if key in state]
    return list(dict.fromkeys(names))


def tasks(machine: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every Task of a machine with its name, those inside Maps too."""
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name, state
        elif state["Type"] == "Map":
            yield from tasks(state["ItemProcessor"])


def _stage(name: str, state: Mapping[str, Any], task: Mapping[str, Any], *, always: bool) -> Stage:
    progress = _progress(task) or {}
    seconds = task.get("TimeoutSeconds")
    retries = [
        retry.get("MaxAttempts", DEFAULT_RETRIES)
        for retry in task.get("Retry", [])
        if {"TransientError", "States.ALL", "States.TaskFailed"} & set(retry["ErrorEquals"])
    ]
    return Stage(
        name=name,
        start=progress["from"],
        end=progress["to"],
        seconds=seconds if isinstance(seconds, int | float) else None,
        attempts=1 + (retries[0] if retries else 0),
        function=str(task["Arguments"].get("FunctionName", "")).removeprefix("${").removesuffix("}"),
        each=state["Type"] == "Map",
        waits=task["Resource"].endswith(".waitForTaskToken"),
        always=always,
    )


def _speaking(state: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the Task that makes a state a stage: the state itself, or the one inside a Map."""
    inside = tasks(state["ItemProcessor"]) if state["Type"] == "Map" else [("", state)]
    return next((task for _, task in inside if _progress(task)), None)


def _progress(task: Mapping[str, Any]) -> Mapping[str, Any] | None:
    payload = task.get("Arguments", {}).get("Payload", {})
    found: Mapping[str, Any] | None = payload.get("progress") if isinstance(payload, Mapping) else None
    return found


def _reached(machine: Mapping[str, Any], without: str = "") -> list[str]:
    """Return the states that can be reached while nothing fails, without going through one of them."""
    seen: dict[str, None] = {}
    todo = [machine["StartAt"]]
    while todo:
        name = todo.pop(0)
        if name != without and name not in seen:
            seen[name] = None
            todo += following(machine["States"][name])
    return list(seen)


def _ends(machine: Mapping[str, Any], without: str) -> bool:
    """Whether a job can succeed without going through a state."""
    reached = [machine["States"][name] for name in _reached(machine, without)]
    return any(state["Type"] != "Fail" and not following(state) for state in reached)
