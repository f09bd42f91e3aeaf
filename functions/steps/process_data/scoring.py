"""How well the given labels fit the right ones."""

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel


class LabelScore(BaseModel):
    """How well a label was given, 0-1; null if there is nothing to judge. `support` rows should have it."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


class Confusion(BaseModel):
    """`counts[i][j]` rows should have the label `labels[i]` and were given `labels[j]`."""

    labels: list[str]
    counts: list[list[int]]


class Score(BaseModel):
    """How well a classification fits its right labels. Rows without a right label are not judged."""

    accuracy: float | None
    labels: dict[str, LabelScore]
    confusion: Confusion


def score(counted: Iterable[tuple[str, str, int]]) -> Score:
    """Judge by how many rows have which right label, and which given one."""
    pairs = Counter({(right, given): count for right, given, count in counted})
    names = sorted({name for pair in pairs for name in pair})
    counts = [[pairs[right, given] for given in names] for right in names]
    labels = dict[str, LabelScore]()
    for at, name in enumerate(names):
        hits, right, given = counts[at][at], sum(counts[at]), sum(row[at] for row in counts)
        shares = (_share(hits, given), _share(hits, right), _share(2 * hits, given + right))
        labels[name] = LabelScore(precision=shares[0], recall=shares[1], f1=shares[2], support=right)
    accuracy = _share(sum(counts[at][at] for at in range(len(names))), pairs.total())
    return Score(accuracy=accuracy, labels=labels, confusion=Confusion(labels=names, counts=counts))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
