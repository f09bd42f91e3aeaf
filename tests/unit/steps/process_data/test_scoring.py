"""Accuracy, precision, recall and F1."""

import pytest

from steps.process_data.scoring import score


def test_scores_against_a_hand_made_example() -> None:
    # Of 10 cats 8 were called so, of 5 dogs 3; one dog was called a bird, and there was no bird.
    found = score(
        [("cat", "cat", 8), ("cat", "dog", 2), ("dog", "dog", 3), ("dog", "cat", 1), ("dog", "bird", 1)]
    )
    assert found.accuracy == 11 / 15
    assert found.confusion.labels == ["bird", "cat", "dog"]
    assert found.confusion.counts == [[0, 0, 0], [0, 8, 2], [1, 1, 3]]
    cat, dog, bird = (found.labels[name] for name in ("cat", "dog", "bird"))
    assert (cat.precision, cat.recall, cat.support) == (8 / 9, 8 / 10, 10)
    assert cat.f1 == pytest.approx(2 * (8 / 9) * (8 / 10) / (8 / 9 + 8 / 10))
    assert (dog.precision, dog.recall, dog.support) == (3 / 5, 3 / 5, 5)
    assert (bird.precision, bird.recall, bird.f1, bird.support) == (0, None, 0, 0)


def test_nothing_to_judge() -> None:
    assert score([]).model_dump() == {
        "accuracy": None,
        "labels": {},
        "confusion": {"labels": [], "counts": []},
    }
