"""A state machine as a graph: its edges, which of them lead back, and how deep each state lies."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["next", "choice", "catch"]


@dataclass(frozen=True)
class Edge:
    """A way from one state to another; `back` where it leads to one that has led here."""

    source: str
    target: str
    kind: Kind
    label: str = ""
    back: bool = False


@dataclass(frozen=True)
class Shape:
    """States in the order in which they are found, the edges, and each state's rank: its longest way."""

    order: list[str]
    edges: list[Edge]
    ranks: dict[str, int]
    fallbacks: set[str]
    """States that only a Catch leads to."""


def shape(block: Mapping[str, Any]) -> Shape:
    """Return the shape of a state machine, or of a Map's or Parallel's inside."""
    states = block["States"]
    usual = _found(block["StartAt"], states, {"next", "choice"})
    order = [*usual, *(name for name in _found(block["StartAt"], states, None) if name not in usual)]
    order += [name for name in states if name not in order]  # what nothing leads to is shown too
    edges = _mark_ways_back(order, [edge for name in order for edge in _edges(name, states[name])])
    return Shape(order, edges, _ranks(order, edges), set(order) - set(usual))


def inside(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what runs inside a state: a Map's processor, a Parallel's branches."""
    processor = state.get("ItemProcessor") or state.get("Iterator")
    return [processor] if processor else list(state.get("Branches", []))


def _edges(name: str, state: Mapping[str, Any]) -> list[Edge]:
    found = [
        Edge(name, choice["Next"], "choice", str(choice.get("Condition", "")))
        for choice in state.get("Choices", [])
    ]
    if "Default" in state:
        found.append(Edge(name, state["Default"], "choice", "otherwise"))
    if "Next" in state:
        found.append(Edge(name, state["Next"], "next"))
    found += [
        Edge(name, catch["Next"], "catch", ", ".join(catch["ErrorEquals"]))
        for catch in state.get("Catch", [])
    ]
    return list({(edge.target, edge.kind): edge for edge in reversed(found)}.values())[::-1]


def _found(start: str, states: Mapping[str, Any], kinds: set[str] | None) -> list[str]:
    """Return the states that edges of these kinds lead to, depth first."""
    seen: dict[str, None] = {}
    todo = [start]
    while todo:
        name = todo.pop()
        if name in states and name not in seen:
            seen[name] = None
            edges = [edge for edge in _edges(name, states[name]) if kinds is None or edge.kind in kinds]
            todo += [edge.target for edge in reversed(edges)]
    return list(seen)


def _mark_ways_back(order: list[str], edges: list[Edge]) -> list[Edge]:
    """Mark what closes a circle, by a walk in depth; without those edges there is none."""
    out: dict[str, list[Edge]] = {name: [] for name in order}
    for edge in edges:
        out[edge.source].append(edge)
    back: set[Edge] = set()
    done: set[str] = set()
    for root in order:
        path, walk = {root: None}, [(root, iter(out[root]))]
        while walk and root not in done:
            name, left = walk[-1]
            onward = next(left, None)
            if onward is None:
                done.add(name)
                path.pop(name)
                walk.pop()
            elif onward.target in path:
                back.add(onward)
            elif onward.target not in done:
                path[onward.target] = None
                walk.append((onward.target, iter(out[onward.target])))
    return [replace(edge, back=True) if edge in back else edge for edge in edges]


def _ranks(order: list[str], edges: list[Edge]) -> dict[str, int]:
    before: dict[str, list[str]] = {name: [] for name in order}
    for edge in edges:
        if not edge.back:
            before[edge.target].append(edge.source)
    ranks: dict[str, int] = {}
    todo = list(reversed(order))
    while todo:
        name = todo[-1]
        missing = [source for source in before[name] if source not in ranks]
        if missing:
            todo += missing
        else:
            todo.pop()
            ranks[name] = 1 + max((ranks[source] for source in before[name]), default=-1)
    return ranks
