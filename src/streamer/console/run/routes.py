"""The way of a line between two boxes, around those that stand between."""

from collections.abc import Mapping
from dataclasses import dataclass

from streamer.console.run.shape import Edge

GAP = 20  # half of what is free between two rows
CHANNEL = 14
APART = 26  # of two lines between the same boxes

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Box:
    """A state's place; `lane` and `rank` count from 0."""

    x: float
    y: float
    width: float
    height: float
    lane: int
    rank: int

    @property
    def middle(self) -> float:
        """The x of its vertical axis."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height


def route(edge: Edge, boxes: Mapping[str, Box], width: float, taken: dict[str, int]) -> Points:
    """Return the points of an edge's line. `taken` counts the channels at both sides that are in use."""
    source, target = boxes[edge.source], boxes[edge.target]
    if edge.back:
        taken["left"] = taken.get("left", 0) + 1
        x = CHANNEL * (taken["left"] - 0.5)
        y = source.y + min(source.height, 62) / 2 + 6
        return [(source.x, y), (x, y), (x, target.y + 22), (target.x, target.y + 22)]
    shift = APART if edge.kind == "catch" else 0
    if edge.kind == "catch" and target.lane > source.lane and _is_free_right(source, target, boxes):
        y = source.y + min(source.height, 62) / 2
        return [(source.x + source.width, y), (target.middle, y), (target.middle, target.y)]
    start, end = (source.middle + shift, source.bottom), (target.middle + shift, target.y)
    above, below = source.bottom + GAP, target.y - GAP
    if start[0] == end[0] and _is_free(source.lane, source.rank, target.rank, boxes):
        return [start, end]
    if _is_free(target.lane, source.rank, target.rank, boxes):
        return [start, (start[0], above), (end[0], above), end]
    if _is_free(source.lane, source.rank, target.rank, boxes):
        return [start, (start[0], below), (end[0], below), end]
    taken["right"] = taken.get("right", 0) + 1
    x = width - CHANNEL * (taken["right"] - 0.5)
    return [start, (start[0], above), (x, above), (x, below), (end[0], below), end]


def _is_free(lane: int, above: int, below: int, boxes: Mapping[str, Box]) -> bool:
    """Whether no box stands in a lane between two rows."""
    return not any(box.lane == lane and above < box.rank < below for box in boxes.values())


def _is_free_right(source: Box, target: Box, boxes: Mapping[str, Box]) -> bool:
    """Whether a line may leave at the right, and come down on the target."""
    beside = any(box.rank == source.rank and source.lane < box.lane <= target.lane for box in boxes.values())
    return not beside and _is_free(target.lane, source.rank, target.rank, boxes)
