"""Return what was asked for: the job's result."""

from progress import Progress, step
from steps.delay.delay_request import Delayed, Planned


def end_wait(planned: Planned, progress: Progress) -> Delayed:  # noqa: ARG001 - every stage's signature
    """Say how long the job was to wait."""
    return Delayed(seconds=planned.request.seconds, steps=planned.request.steps)


handler = step(end_wait)
