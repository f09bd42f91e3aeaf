"""A table of a page, and how its numbers read."""

from collections.abc import Iterable


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    """Return a table under a head whose columns stand between `" | "`."""
    lines = [f"| {head} |", "|---" * len(head.split(" | ")) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def share(part: float) -> str:
    """Return percents, or how many times."""
    if part >= 2:
        return f"{part:.1f} times"
    return "0" if part < 5e-5 else f"{100 * part:.2g} %" if part < 0.1 else f"{100 * part:.0f} %"


def number(value: float) -> str:
    """Return a number with as many digits as it is worth."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
