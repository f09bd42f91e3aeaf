"""The ways through a state machine: the one where all goes well, and the worst.

Where a Choice or a Catch leaves several, the one that writes most events counts.
"""

from collections.abc import Callable, Mapping
from typing import Any

from streamer.forecast.history import Path, Visit, events, processor

DEFAULT_RETRIES = 3  # of a retrier that does not say

# How many items a Map has: given its name and definition.
Items = Callable[[str, Mapping[str, Any]], int]


def happy(block: Mapping[str, Any], items: Items) -> Path | None:
    """Return the way to a successful end without a retry or a Catch; None where there is no such end."""
    return _Walk(block, items, worst=False).start()


def worst(block: Mapping[str, Any], items: Items) -> Path:
    """Return the longest way there is: every retry is used up, a Catch is taken where it leads on."""
    return _Walk(block, items, worst=True).start() or ()


def loops(block: Mapping[str, Any]) -> list[str]:
    """Return the states that an execution can come back to."""
    states = block["States"]

    def reached(name: str) -> set[str]:
        seen: set[str] = set()
        todo = following(states[name], caught=True)
        while todo:
            if (found := todo.pop()) not in seen:
                seen.add(found)
                todo += following(states[found], caught=True)
        return seen

    inside = [name for _, state in states.items() for part in parts(state) for name in loops(part)]
    return [name for name in states if name in reached(name)] + inside


def waits(block: Mapping[str, Any]) -> bool:
    """Return whether a machine waits: for time to pass, or for somebody to give a token back."""
    return any(
        state["Type"] == "Wait"
        or str(state.get("Resource", "")).endswith(".waitForTaskToken")
        or any(waits(part) for part in parts(state))
        for state in block["States"].values()
    )


def following(state: Mapping[str, Any], *, caught: bool) -> list[str]:
    """Return the states that may come next; those of its Catch too where `caught`."""
    names = [choice["Next"] for choice in state.get("Choices", [])]
    names += [state[key] for key in ("Default", "Next") if key in state]
    return names + [catch["Next"] for catch in state.get("Catch", []) if caught]


def parts(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the machines inside a state: a Parallel's branches, or what a Map runs."""
    return [*state.get("Branches", []), *([processor(state)] if state["Type"] == "Map" else [])]


def attempts(state: Mapping[str, Any]) -> int:
    """Return how often a state is tried at most: every retrier counts for itself."""
    return 1 + sum(int(each.get("MaxAttempts", DEFAULT_RETRIES)) for each in state.get("Retry", []))


class _Walk:
    def __init__(self, block: Mapping[str, Any], items: Items, *, worst: bool) -> None:
        self._block, self._items, self._worst = block, items, worst
        self._found: dict[str, Path | None] = {}

    def start(self) -> Path | None:
        return self._from(self._block["StartAt"], frozenset())

    def _from(self, name: str, before: frozenset[str]) -> Path | None:
        """Return the way from a state to an end; None where there is none but through states `before`."""
        if name in before:
            return None
        if name not in self._found:
            self._found[name] = self._way(name, before | {name})
        return self._found[name]

    def _way(self, name: str, before: frozenset[str]) -> Path | None:
        state = self._block["States"][name]
        visit = self._visit(name, state)
        if visit is None or (state["Type"] == "Fail" and not self._worst):
            return None
        names = following(state, caught=self._worst)
        ways = [way for each in names if (way := self._from(each, before)) is not None]
        if not ways and names and not state.get("End") and not self._worst:
            return None
        return (visit, *max(ways, key=events, default=()))

    def _visit(self, name: str, state: Mapping[str, Any]) -> Visit | None:
        inner: list[Visit] = []
        for part in parts(state):
            way = _Walk(part, self._items, worst=self._worst).start()
            if way is None:
                return None
            inner += way
        items = self._items(name, state) if state["Type"] == "Map" else 1
        return Visit(name, state, attempts(state) if self._worst else 1, items, tuple(inner))
