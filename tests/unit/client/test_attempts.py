"""Whose progress counts."""

from typing import cast

from streamer.client.attempts import Attempts
from streamer.client.frames import Progress


def test_what_a_dead_attempt_or_an_earlier_stage_says_is_superseded() -> None:
    attempts = Attempts()
    said = [
        ("query", 1, True),
        ("query", 1, True),
        ("query", 2, True),
        ("query", 1, False),
        ("query", 2, True),
        ("render", 1, True),
        ("query", 2, False),
        ("render", 1, True),
        ("query", 3, True),
        ("render", 1, False),
    ]
    for stage, attempt, counts in said:
        assert attempts.counts(cast("Progress", {"stage": stage, "attempt": attempt})) is counts
