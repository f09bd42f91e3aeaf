"""Schedules of faults: what goes wrong at which call, and who acts when. An integer is all of one."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

T = TypeVar("T")


class Decisions(Protocol):
    """What the world asks whenever something could go wrong, or several things could come next."""

    def fault(self, call: str, ways: Sequence[str]) -> str | None:
        """Return the way in which this call fails, or None."""

    def happens(self, probability: float) -> bool:
        """Say whether something happens."""

    def pick(self, among: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Return one of them."""

    def between(self, low: float, high: float) -> float:
        """Return a number between the two."""


class Schedule:
    """Random decisions that a seed repeats. `most` bounds the faults, so that a failure can be narrowed."""

    def __init__(self, seed: int, most: int) -> None:
        self.random = random.Random(seed)
        self.left = most
        self.faults = 0
        self._rate = self.random.choice([0.01, 0.04, 0.1, 0.2])

    def fault(self, call: str, ways: Sequence[str]) -> str | None:
        if not self.left or self.random.random() >= self._rate:
            return None
        self.left -= 1
        self.faults += 1
        return self.random.choice(ways)

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, among: Sequence[T], weights: Sequence[float] | None = None) -> T:
        return self.random.choices(among, weights)[0]

    def between(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)


@dataclass
class Single:
    """Nothing goes wrong but the `nth` AWS call (from 0), in one `way`, and items of `work`, once each."""

    nth: int = -1
    way: str = ""
    work: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def fault(self, call: str, ways: Sequence[str]) -> str | None:
        if call.startswith("work:"):
            return self.work.pop(call, None)
        self.calls.append(call)
        return self.way if len(self.calls) - 1 == self.nth else None

    def happens(self, probability: float) -> bool:
        return False

    def pick(self, among: Sequence[T], weights: Sequence[float] | None = None) -> T:
        return among[0]

    def between(self, low: float, high: float) -> float:
        return (low + high) / 2
