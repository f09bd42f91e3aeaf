"""A minute of jobs at a fixed rate against limits that refill, and what follows until the last has ended.

Jobs are an amount, not single ones, and time goes in ticks; nothing is drawn by lot. A message or a start
that finds no token is refused, as API Gateway and the router do. A transition waits. A stage whose function
finds no room is tried again as its machine says, spread over each wait, and fails the job after the last.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.scale import known
from benchmarks.scale.buckets import TICK, Bucket
from benchmarks.scale.limits import ROUTE, Limit
from benchmarks.scale.reports import Report
from streamer.forecast import quotas
from streamer.forecast.forecasting import ROUTER_SECONDS

MINUTE = 60.0
LONGEST = 1_800.0  # seconds, within which the last job ends
NOTHING = 1e-6


@dataclass
class Outcome:
    """What became of a minute's jobs. `first` is the limit that refused first, and the second of it."""

    offered: float = 0
    refused: float = 0
    failed: float = 0
    ended: float = 0
    pushes: float = 0
    pushes_refused: float = 0
    peak: float = 0
    last: float = 0
    first: tuple[str, float] | None = None
    seconds_in_all: float = field(default=0, repr=False)


class Overload:
    """One run. Raises nothing; what does not fit is in the outcome."""

    def __init__(self, report: Report, limits: list[Limit]) -> None:
        self._report = report
        self._by_name = {each.what: each for each in limits}
        self._messages, self._route = self._bucket(quotas.API_REQUESTS.what), self._bucket(ROUTE)
        self._starts = self._bucket(quotas.START_EXECUTION.what)
        self._transitions = self._bucket(quotas.STATE_TRANSITION.what)
        self._room = self._by_name[quotas.LAMBDA_CONCURRENCY.what].most
        self._ready = [0.0 for _ in report.stages]
        self._scaling = [Bucket(known.SCALING.value, known.SCALING_BURST.value) for _ in report.stages]
        self._running = [0.0 for _ in report.stages]
        self._entering: deque[tuple[int, int, float]] = deque()  # stage, attempt, jobs
        self._ending: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        self._again: defaultdict[int, defaultdict[tuple[int, int], float]] = defaultdict(
            lambda: defaultdict(float)
        )
        self._now, self._inside = 0, 0.0
        self._outcome = Outcome()

    def run(self, jobs: float) -> Outcome:
        """Offer `jobs` a second for a minute; return when the last of them has ended."""
        while self._seconds < MINUTE or (self._inside > NOTHING and self._seconds < LONGEST):
            for bucket in (self._messages, self._route, self._starts, self._transitions, *self._scaling):
                bucket.refill()
            self._end_stages()
            router = self._accept(jobs * TICK) if self._seconds < MINUTE else 0.0
            for (stage, attempt), amount in self._again.pop(self._now, {}).items():
                self._entering.append((stage, attempt, amount))
            self._enter(router)
            self._push()
            self._outcome.peak = max(self._outcome.peak, router + sum(self._running))
            self._outcome.seconds_in_all += self._inside * TICK
            self._now += 1
        return self._outcome

    @property
    def _seconds(self) -> float:
        return self._now * TICK

    def _bucket(self, what: str) -> Bucket:
        limit = self._by_name[what]
        return Bucket(limit.most, limit.burst)

    def _note(self, what: str, missing: float) -> None:
        if missing > NOTHING and self._outcome.first is None:
            self._outcome.first = (what, self._seconds)

    def _accept(self, offered: float) -> float:
        """Let requests in; return how much of Lambda the router takes for them."""
        amount = offered
        room = max(0.0, self._room - sum(self._running)) / ROUTER_SECONDS * TICK
        for what, granted in (
            (ROUTE, self._route.take),
            (quotas.API_REQUESTS.what, self._messages.take),
            (quotas.LAMBDA_CONCURRENCY.what, lambda wanted: min(wanted, room)),
            (quotas.START_EXECUTION.what, self._starts.take),
        ):
            taken = granted(amount)
            self._note(what, amount - taken)
            amount = taken
        self._outcome.offered += offered
        self._outcome.refused += offered - amount
        self._inside += amount
        self._entering.append((0, 0, amount))
        return amount * ROUTER_SECONDS / TICK

    def _enter(self, router: float) -> None:
        """Enter states, first come first served, while there are transitions."""
        while self._entering:
            stage, attempt, amount = self._entering.popleft()
            taken = self._transitions.take(amount)
            self._invoke(stage, attempt, taken, router)
            if amount - taken > NOTHING:
                self._note(quotas.STATE_TRANSITION.what, amount - taken)
                self._entering.appendleft((stage, attempt, amount - taken))
                return

    def _invoke(self, stage: int, attempt: int, amount: float, router: float) -> None:
        room = max(0.0, self._room - router - sum(self._running))
        admitted = min(amount, room)
        self._note(quotas.LAMBDA_CONCURRENCY.what, amount - admitted)
        missing = max(0.0, self._running[stage] + admitted - self._ready[stage])
        made = self._scaling[stage].take(missing)
        self._ready[stage] += made
        self._note(known.SCALING.what, missing - made)
        admitted -= missing - made
        self._running[stage] += admitted
        ticks, rest = divmod(self._report.stages[stage].seconds / TICK, 1)  # split, so that the mean is right
        for later, part in ((int(ticks), 1 - rest), (int(ticks) + 1, rest)):
            self._ending[self._now + max(1, later)].append((stage, admitted * part))
        if amount - admitted > NOTHING:
            self._try_again(stage, attempt, amount - admitted)

    def _try_again(self, stage: int, attempt: int, amount: float) -> None:
        retry: Mapping[str, float] = self._report.retry
        if attempt >= retry["MaxAttempts"]:
            self._outcome.failed += amount
            self._inside -= amount
            return
        span = min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
        ticks = round(span / TICK)  # full jitter: at any moment of it
        for later in range(1, ticks + 1):
            self._again[self._now + later][stage, attempt + 1] += amount / ticks

    def _end_stages(self) -> None:
        for stage, amount in self._ending.pop(self._now, []):
            self._running[stage] -= amount
            if stage + 1 < len(self._report.stages):
                self._entering.append((stage + 1, 0, amount))
            elif amount > NOTHING:
                self._outcome.ended += amount
                self._inside -= amount
                self._outcome.last = self._seconds

    def _push(self) -> None:
        """Push what the running stages say, at an even pace."""
        working = sum(stage.seconds for stage in self._report.stages)
        wanted = self._report.traffic.pushes / working * sum(self._running) * TICK
        granted = self._messages.take(wanted)
        self._note(quotas.API_REQUESTS.what, wanted - granted)
        self._outcome.pushes += wanted
        self._outcome.pushes_refused += wanted - granted
