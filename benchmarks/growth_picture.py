"""docs/images/growth.svg: what a job costs as one thing grows, each cost beside what it was at first."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

COLOURS = {
    "calls": "#0969da",
    "writes": "#8250df",
    "pushes": "#bf3989",
    "work": "#1a7f37",
    "bytes": "#bc4c00",
}
WIDE, HIGH, GAP, MARGIN = 250, 170, 50, 50
MOST = 100.0  # times as much, at a panel's top; a panel's bottom is half as much
COLUMNS = 3


def picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw a panel for each thing that grows, both axes in logarithms."""
    groups = [(name, list(group)) for name, group in groupby(rows, key=lambda row: row["grows"])]
    lines = -(-len(groups) // COLUMNS)
    width, height = MARGIN + COLUMNS * (WIDE + GAP), lines * (HIGH + MARGIN) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
        ' font-size="11" fill="#57606a" role="img"><title>What a job costs as one thing grows, times what it'
        ' was at first</title><rect width="100%" height="100%" fill="#ffffff"/>'
    ]
    for place, (name, group) in enumerate(groups):
        x = MARGIN + place % COLUMNS * (WIDE + GAP)
        y = 30 + place // COLUMNS * (HIGH + MARGIN)
        parts += [f'<g transform="translate({x} {y})">', *_panel(name, group), "</g>"]
    parts += _legend(height - 16)
    return "\n".join([*parts, "</svg>", ""])


def times(row: Mapping[str, Any], first: Mapping[str, Any], cost: str) -> float:
    """Return how much a cost is, as a multiple of what it was."""
    return float(row[cost]) / float(first[cost])


def _panel(name: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f'<text x="0" y="-8" font-weight="bold" fill="#1f2328">{name}</text>'
    for level in (1, 10, 100):
        yield f'<path d="M0 {_up(level):.1f}H{WIDE}" stroke="#d0d7de"/>'
        yield f'<text x="-6" y="{_up(level) + 4:.1f}" text-anchor="end">{level}x</text>'
    across = [WIDE * place / (len(rows) - 1) for place in range(len(rows))]
    for x, row in zip(across, rows, strict=True):
        yield f'<text x="{x:.0f}" y="{HIGH + 14}" text-anchor="middle">{row["value"]:,}</text>'
    for cost, colour in COLOURS.items():
        line = " L".join(
            f"{x:.1f} {_up(times(row, rows[0], cost)):.1f}" for x, row in zip(across, rows, strict=True)
        )
        yield f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _up(factor: float) -> float:
    lowest, highest = math.log(0.5), math.log(MOST)
    return HIGH * (1 - (math.log(factor) - lowest) / (highest - lowest))


def _legend(y: int) -> Iterator[str]:
    for place, (cost, colour) in enumerate(COLOURS.items()):
        x = MARGIN + place * 110
        yield f'<path d="M{x} {y - 4}h24" stroke="{colour}" stroke-width="3"/>'
        yield f'<text x="{x + 30}" y="{y}">{cost}</text>'
