"""How often a job may speak: at most ten frames in any second, whoever sends them.

The times of a job's last frames are in its log. Plain updates are spaced so that some of the second's ten are
left for a stage's last value, the next one's first and the job's end, which come at once.
"""

from collections.abc import Sequence

FRAMES_PER_SECOND = 10
PLAIN_PER_SECOND = 7
CHANGES_PER_SECOND = 8  # the last two are for the job's end: 100 % and `complete`

WINDOW = 1.001  # seconds; timestamps are rounded to milliseconds
INTERVAL = WINDOW / PLAIN_PER_SECOND


def wait(recent: Sequence[float], now: float, most: int = FRAMES_PER_SECOND, frames: int = 1) -> float:
    """Return the seconds until so many more frames are at most `most` in any second; 0 for now.

    `recent` are the times of the last frames, the newest last. One that is far ahead is another clock's.
    """
    recent = [time for time in recent if time < now + WINDOW]
    place = most - frames + 1
    return max(recent[-place] + WINDOW - now, 0.0) if len(recent) >= place else 0.0


def spacing(recent: Sequence[float], now: float) -> float:
    """Return the seconds until a plain update may be sent: 0 for now."""
    near = [time for time in recent[-1:] if time < now + WINDOW]
    since = max((time + INTERVAL - now for time in near), default=0.0)
    return max(since, wait(recent, now, CHANGES_PER_SECOND), 0.0)
