"""How well the given labels fit the right ones."""

from collections.abc import Mapping

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


def score(counted: Mapping[str, Mapping[str, int]]) -> Score:
    """Judge by how many rows were `counted[right][given]`."""
    names = sorted({*counted, *(given for row in counted.values() for given in row)})
    counts = [[counted.get(right, {}).get(given, 0) for given in names] for right in names]
    hits = [counts[at][at] for at in range(len(names))]
    return Score(
        accuracy=_share(sum(hits), sum(map(sum, counts))),
        labels={
            name: _label(hits[at], sum(row[at] for row in counts), sum(counts[at]))
            for at, name in enumerate(names)
        },
        confusion=Confusion(labels=names, counts=counts),
    )


def _label(hits: int, given: int, right: int) -> LabelScore:
    return LabelScore(
        precision=_share(hits, given),
        recall=_share(hits, right),
        f1=_share(2 * hits, given + right),
        support=right,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
