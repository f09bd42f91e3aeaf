"""Say when which steps are over."""

import math
from itertools import pairwise

from progress import Progress, step
from steps.delay.delay_request import DelayRequest, Pause, Planned

SHORTEST_PAUSE = 1.0  # seconds: the state that waits takes whole ones, and each costs two transitions


def plan_pauses(request: DelayRequest, progress: Progress) -> Planned:
    """Cut the wait, which begins now, into pauses: one a step, or fewer where steps are short."""
    began = progress.now()
    number = min(request.steps, max(1, math.floor(request.seconds / SHORTEST_PAUSE)))
    ends = [request.steps * n // number for n in range(number + 1)]
    pauses = [
        Pause(
            until=began + request.seconds * over / request.steps,
            over=over,
            more=over - before,
            steps=request.steps,
        )
        for before, over in pairwise(ends)
    ]
    return Planned(request=request, pauses=pauses)


handler = step(plan_pauses)
