"""Let time pass, in steps of equal length."""

import math

from progress import Progress, step
from steps.delay.delay_request import Delayed, DelayRequest

LONGEST_PAUSE = 1.0  # seconds; after each the deadline is looked at, and a cancelled job is noticed


def let_time_pass(request: DelayRequest, progress: Progress) -> Delayed:
    """Wait for at least `request.seconds`. A step of over a second has several equal pauses."""
    delayed = Delayed(seconds=request.seconds, steps=request.steps)
    for _ in progress.track(pauses(request), "{item}", state=delayed):
        progress.pause(request.seconds / (request.steps * pauses_per_step(request)))
    return delayed


def pauses(request: DelayRequest) -> list[str]:
    """Return what there is to say after each pause."""
    per_step = pauses_per_step(request)
    return [f"{done // per_step} of {request.steps} steps" for done in range(1, request.steps * per_step + 1)]


def pauses_per_step(request: DelayRequest) -> int:
    """Return how many pauses a step has, so that none is over `LONGEST_PAUSE`."""
    return math.ceil(request.seconds / request.steps / LONGEST_PAUSE)


handler = step(let_time_pass)
