"""Every connection is lost at once, and every client comes back with the client's own waits.

One client of `sample` is played, against that part of the limit.
"""

import heapq
import random
from dataclasses import dataclass

from streamer.client.reconnect import Backoff, Reconnect

MOST_PLAYED = 2_000
SEED = 14


@dataclass(frozen=True)
class Return:
    """When half, 99 % and the last of those were back that came back, in seconds; who gave up, as a part."""

    half: float
    most: float
    last: float
    attempts: float
    gave_up: float


def come_back(clients: int, rate: float) -> Return:
    """Let `clients` reconnect, of whom `rate` a second are let in."""
    random.seed(SEED)  # the client's own jitter is drawn there
    sample = max(1, clients // MOST_PLAYED)
    played, refill = clients // sample, rate / sample
    outages = [Backoff(Reconnect()) for _ in range(played)]
    due: list[tuple[float, int]] = []
    gone = attempts = 0
    for number, outage in enumerate(outages):
        outage.begin(0)
        due.append((outage.delay(0) or 0, number))
    heapq.heapify(due)
    tokens, since, back = refill, 0.0, []
    while due:
        now, number = heapq.heappop(due)
        tokens, since = min(refill, tokens + (now - since) * refill), now
        attempts += 1
        if tokens >= 1:
            tokens -= 1
            back.append(now)
            continue
        wait = outages[number].delay(now)
        if wait is None:
            gone += 1
        else:
            heapq.heappush(due, (now + wait, number))
    return Return(
        back[len(back) // 2], back[len(back) * 99 // 100], back[-1], attempts / played, gone / played
    )
