"""Where a state machine's states and lines stand in its picture; the same machine gives the same picture.

States stand in rows by their longest way from the start, and in lanes: the usual way in the first, what only
a Catch leads to in lanes of its own at the right. Lines are horizontal and vertical; ways back run at the
left. Units are CSS pixels.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from streamer.console.run.routes import Box, route
from streamer.console.run.shape import Edge, Shape, inside, shape

WIDTH, HEIGHT = 212, 62
LANE_GAP, ROW_GAP = 44, 40
PADDING, HEADER, CHANNEL = 16, 58, 14

_FUNCTION = re.compile(r"(?:^|:function:)([A-Za-z0-9_-]+)(?::[A-Za-z0-9_$-]+)?$")


@dataclass(frozen=True)
class Node:
    """A state's box. `inside` is the Map or Parallel that it is in, or ""."""

    name: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    inside: str
    comment: str = ""
    function: str = ""


@dataclass(frozen=True)
class Line:
    """A way from a state to another, through these points."""

    source: str
    target: str
    kind: str
    label: str
    back: bool
    points: list[tuple[float, float]]


@dataclass
class Picture:
    """All boxes and lines; those around others come first."""

    width: float = 0
    height: float = 0
    nodes: list[Node] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def add(self, other: "Picture", x: float, y: float) -> None:
        """Take over another picture, moved."""
        self.nodes += [replace(node, x=node.x + x, y=node.y + y) for node in other.nodes]
        self.lines += [replace(line, points=[(a + x, b + y) for a, b in line.points]) for line in other.lines]


def lay_out(machine: Mapping[str, Any], around: str = "") -> Picture:
    """Return the picture of a state machine, or of the inside of the Map or Parallel called `around`."""
    found = shape(machine)
    insides = {name: _inside(name, machine["States"][name]) for name in found.order}
    boxes, size = _place(found, insides)
    picture = Picture(*size)
    for name in found.order:
        box, state = boxes[name], machine["States"][name]
        picture.nodes.append(
            Node(
                name,
                kind=state["Type"],
                x=box.x,
                y=box.y,
                width=box.width,
                height=box.height,
                inside=around,
                comment=state.get("Comment", ""),
                function=function_of(state),
            )
        )
        if inner := insides[name]:
            picture.add(inner, box.x + PADDING, box.y + HEADER)
    taken: dict[str, int] = {}
    for edge in found.edges:
        points = route(edge, boxes, size[0], taken)
        picture.lines.append(Line(edge.source, edge.target, edge.kind, edge.label, edge.back, points))
    return picture


def function_of(state: Mapping[str, Any]) -> str:
    """Return the name of the Lambda function that a Task calls, or ""."""
    given = state.get("Arguments") or state.get("Parameters") or {}
    arn = given.get("FunctionName", "") if isinstance(given, dict) else ""
    found = _FUNCTION.search(str(arn or state.get("Resource", "")))
    return found[1] if found else ""


def _inside(name: str, state: Mapping[str, Any]) -> Picture | None:
    blocks = [lay_out(block, name) for block in inside(state)]
    if not blocks:
        return None
    whole, x = Picture(), 0.0
    for block in blocks:
        whole.add(block, x, 0)
        x += block.width + LANE_GAP
    whole.width, whole.height = x - LANE_GAP, max(block.height for block in blocks)
    return whole


def _place(found: Shape, insides: Mapping[str, Picture | None]) -> tuple[dict[str, Box], tuple[float, float]]:
    lanes = _lanes(found)
    sizes = {
        name: (max(WIDTH, inner.width + 2 * PADDING), inner.height + HEADER + PADDING)
        if (inner := insides[name])
        else (WIDTH, HEIGHT)
        for name in found.order
    }
    widths, heights = [0.0] * (max(lanes.values()) + 1), [0.0] * (max(found.ranks.values()) + 1)
    for name in found.order:
        widths[lanes[name]] = max(widths[lanes[name]], sizes[name][0])
        heights[found.ranks[name]] = max(heights[found.ranks[name]], sizes[name][1])
    left = CHANNEL * (1 + sum(edge.back for edge in found.edges)) if any(e.back for e in found.edges) else 0
    boxes = {}
    for name in found.order:
        lane, rank = lanes[name], found.ranks[name]
        x = left + sum(widths[:lane]) + LANE_GAP * lane + (widths[lane] - sizes[name][0]) / 2
        y = sum(heights[:rank]) + ROW_GAP * rank
        boxes[name] = Box(x, y, sizes[name][0], sizes[name][1], lane, rank)
    right = CHANNEL * sum(_is_long(edge, found.ranks) for edge in found.edges)
    width = left + sum(widths) + LANE_GAP * (len(widths) - 1) + right
    return boxes, (width, sum(heights) + ROW_GAP * (len(heights) - 1))


def _is_long(edge: Edge, ranks: Mapping[str, int]) -> bool:
    return edge.kind != "catch" and not edge.back and ranks[edge.target] - ranks[edge.source] > 1


def _lanes(found: Shape) -> dict[str, int]:
    """Return each state's lane: its predecessor's, or the next one that is free in its row."""
    lanes: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    for name in found.order:
        sources = [edge for edge in found.edges if edge.target == name and edge.source in lanes]
        usual = [lanes[edge.source] for edge in sources if edge.kind != "catch"]
        lane = usual[0] if usual else max(lanes.values()) + 1 if name in found.fallbacks else 0
        while (found.ranks[name], lane) in taken:
            lane += 1
        taken.add((found.ranks[name], lane))
        lanes[name] = lane
    return lanes
