"""A pause's end: its state has waited for all but the last half second."""

from progress import Progress, step
from steps.delay.delay_request import Pause


def let_time_pass(pause: Pause, progress: Progress) -> None:
    """Wait for the rest of the pause, and tell what is over."""
    progress.pause(max(0.0, pause.until - progress.now()))
    progress.count(pause.more, f"{pause.over} of {pause.steps} steps")


handler = step(let_time_pass)
