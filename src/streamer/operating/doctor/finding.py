"""What the doctor finds, and what it can say that it looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, what shows it, and what to do about it."""

    problem: str
    evidence: str
    mend: str


@dataclass(frozen=True)
class Check:
    """A thing to look at. `deployed` ones ask what only AWS has: metrics, alarms, logs, routes."""

    name: str
    look: Callable[[Any], Iterable[Finding]]
    deployed: bool = False


@dataclass
class Looked:
    """A check that was made; `skipped` says why it was not."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    skipped: str = ""
