"""Processes that call AWS, and may be killed, refused or overtaken at every call.

One thread: what happens meanwhile runs nested in the call that it overtakes, so a seed repeats everything.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

import jobs.clients
from jobs import claims, patience, sender
from jobs.clock import SystemClock, Work
from progress import sweeping
from router import admitting, messages, replay
from tests.faults.schedules import Decisions
from tests.support.clock import TurnedAlarm, TurnedClock
from tests.support.table import Service, exceptions, refusal
from tests.support.unkind import LAG_SECONDS, UnkindTable

DEEPEST = 4
THROTTLES = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "stepfunctions": "ThrottlingException",
    "s3": "SlowDown",
    "apigatewaymanagementapi": "LimitExceededException",
}
WAYS = ("throttled", "down", "unreachable", "lost", "killed before", "killed after")
OVERTAKEN = ("overtaken before", "overtaken within", "overtaken after")
STALE = "stale"
Effect = Callable[[], Any]


class Killed(BaseException):
    """The process is gone, in the middle of whatever it did."""


@dataclass
class Process:
    """One invocation of a function. Dead, it does nothing more, whoever unwinds its stack."""

    alive: bool = True
    calling: bool = False


@dataclass
class Outcome:
    """How an invocation ended."""

    value: Any = None
    error: BaseException | None = None


@dataclass
class World:
    """Time, processes and the edge to AWS. `meanwhile` is what may overtake a call."""

    decisions: Decisions
    clock: TurnedClock = field(default_factory=TurnedClock)
    meanwhile: Callable[[], None] = lambda: None
    quiet: bool = False
    kills: int = 0
    _stack: list[Process] = field(default_factory=list)
    _way: str | None = None

    def run(self, function: Callable[[], Any]) -> Outcome:
        """Run a function as a process of its own, to its end, its error or its death."""
        process = Process()
        with self._as(process):
            try:
                return Outcome(function())
            except Killed as error:
                return Outcome(error=error)
            except Exception as error:
                return Outcome(error=error)
            finally:
                process.alive = False

    def call(
        self, service: Service, name: str, effect: Effect, ways: Mapping[str, Effect] | None = None
    ) -> Any:
        """Make an AWS call, as far as the schedule lets it; `ways` are what else it may do."""
        process = self._stack[-1]
        self._check(process)
        ways = ways or {}
        among = (*WAYS, *OVERTAKEN, *OVERTAKEN, *ways)
        way = None if self.quiet else self.decisions.fault(f"{service}:{name}", among)
        process.calling = True
        try:
            self._before(way, service, name, process)
            self._way = way
            result = ways.get(str(way), effect)()
            if self._way == "overtaken within":  # it was no table's
                self.overtake()
            self._after(way, service, process)
        finally:
            process.calling, self._way = False, None
        self._check(process)
        return result

    def pass_time(self, seconds: float) -> None:
        """Let a request to a table be under way; it may be overtaken meanwhile."""
        self.clock.advance(seconds)
        if self._way == "overtaken within":
            self._way = None
            self.overtake()

    def lag(self) -> float:
        """Return how far behind the copy is, in seconds, that serves who does not ask for the newest."""
        return self.decisions.between(0, LAG_SECONDS) if self._way == STALE else 0.0

    @property
    def own_clock(self) -> "OwnClock":
        """The clock, as the processes of this world see it."""
        return OwnClock(self)

    def check(self) -> None:
        """Go no further in a process that is dead."""
        self._check(self._stack[-1])

    def overtake(self) -> None:
        """Let something happen meanwhile."""
        if len(self._stack) < DEEPEST and not self.quiet:
            self.meanwhile()

    def call_later(self, seconds: float, function: Callable[[], None]) -> TurnedAlarm:
        """Let the process that runs now do something later, if it still lives."""
        process = self._stack[-1]

        def ring() -> None:
            if process.calling:  # its lock is taken: in a thread of its own it would wait
                self.clock.call_later(0.05, ring)
            elif process.alive:
                with self._as(process), suppress(Killed):
                    function()

        return self.clock.call_later(seconds, ring)

    def worker(self, work: Work) -> "DecidedWorker":
        """Return a worker of the process that runs now."""
        return DecidedWorker(self, work)

    def die(self) -> None:
        """Kill the process that runs now."""
        self._kill(self._stack[-1])

    @contextmanager
    def _as(self, process: Process) -> Iterator[None]:
        self._stack.append(process)
        try:
            yield
        finally:
            self._stack.pop()

    def _before(self, way: str | None, service: Service, name: str, process: Process) -> None:
        if way == "killed before":
            self._kill(process)
        elif way == "throttled":
            raise refusal(service, THROTTLES[service], name)
        elif way == "down":
            raise refusal(service, "InternalServerError", name, 500)
        elif way == "unreachable":
            raise EndpointConnectionError(endpoint_url=f"https://{service}")
        elif way == "overtaken before":
            self.overtake()

    def _after(self, way: str | None, service: Service, process: Process) -> None:
        if way == "lost":
            raise ReadTimeoutError(endpoint_url=f"https://{service}")
        if way == "killed after":
            self._kill(process)
        if way == "overtaken after":
            self.overtake()

    def _kill(self, process: Process) -> None:
        process.alive = False
        self.kills += 1
        raise Killed

    def _check(self, process: Process) -> None:
        if not process.alive:
            raise Killed


@dataclass(frozen=True)
class OwnClock:
    """The world's clock; what it is to call later dies with the process that asked."""

    world: World

    def now(self) -> float:
        return self.world.clock.now()

    def sleep(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    def worker(self, work: Work) -> "DecidedWorker":
        return self.world.worker(work)


class DecidedWorker:
    """Works where it is woken, or a little later, if its process still lives."""

    def __init__(self, world: World, work: Work) -> None:
        self._world, self._work = world, work
        self._alarm: TurnedAlarm | None = None

    def wake(self) -> None:
        decisions = self._world.decisions
        if not self._world.quiet and decisions.happens(0.3):
            self._later(decisions.between(0, 0.3))
        else:
            self._go()

    def close(self) -> None:
        if self._alarm:
            self._alarm.cancel()

    def _go(self) -> None:
        seconds = self._work()
        if seconds is not None:
            self._later(seconds)

    def _later(self, seconds: float) -> None:
        self.close()
        self._alarm = self._world.call_later(seconds, self._go)


class Inline:
    """A pool of threads that there are none of."""

    def submit(self, function: Callable[..., Any], *given: Any) -> None:
        function(*given)


class FaultyTable:
    """A table, behind the world's faults."""

    def __init__(self, world: World, table: Any) -> None:
        self._world, self.name = world, table.name
        self._table = UnkindTable(table, world.pass_time, world.clock.now, world.lag)
        client = SimpleNamespace(transact_write_items=self._transact, exceptions=table.meta.client.exceptions)
        self.meta = SimpleNamespace(client=client)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._table, name)
        reads = name == "get_item"

        def call(**given: Any) -> Any:
            effect = lambda: operation(**given)  # noqa: E731
            ways = self._stale(effect, given) if reads else {"conflict": self._conflict}
            return self._world.call("dynamodb", name, effect, ways)

        return call

    def query(self, **given: Any) -> Any:
        """Query as DynamoDB does: without isolation, so that what is written meanwhile is seen in parts."""

        def torn(row_first: bool) -> Any:
            before = self._table.query(**given)["Items"]
            self._world.overtake()
            after = self._table.query(**given)["Items"]
            row, frames = (before, after) if row_first else (after, before)
            return {"Items": [*row[:1], *frames[1:]]}

        effect = lambda: self._table.query(**given)  # noqa: E731
        ways = self._stale(effect, given)
        if "Limit" in given and "IndexName" not in given and not given.get("ScanIndexForward", True):
            ways |= {"torn": lambda: torn(True), "torn the other way": lambda: torn(False)}
        return self._world.call("dynamodb", "query", effect, ways)

    def _stale(self, effect: Effect, given: Mapping[str, Any]) -> dict[str, Effect]:
        return {} if given.get("ConsistentRead") else {STALE: effect}

    def _transact(self, *, TransactItems: list[Any]) -> Any:  # noqa: N803 - boto3's
        def conflict() -> Any:
            reasons = [{"Code": "None"} for _ in TransactItems[1:]] + [{"Code": "TransactionConflict"}]
            code = "TransactionCanceledException"
            raise refusal("dynamodb", code, "TransactWriteItems", CancellationReasons=reasons)

        def effect() -> Any:
            return self._table.transact_write_items(TransactItems=TransactItems)

        return self._world.call("dynamodb", "transact_write_items", effect, {"conflict": conflict})

    def _conflict(self) -> Any:
        raise refusal("dynamodb", "TransactionConflictException", "")


class FaultyClient:
    """A client, behind the world's faults: `operations` by name, and the real one's exceptions."""

    def __init__(self, world: World, service: Service, operations: Mapping[str, Callable[..., Any]]) -> None:
        self._world, self._service, self._operations = world, service, operations
        self.exceptions = exceptions(service)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = self._operations[name]
        return lambda **given: self._world.call(self._service, name, lambda: operation(**given))


@contextmanager
def edge(
    world: World, tables: Mapping[str, Any], clients: Mapping[str, Any], *, small: bool
) -> Iterator[None]:
    """Let functions/ meet this world instead of boto3, of time and of chance.

    `small` makes bounds small enough to be met: replays are split, states and payloads go to S3.
    """
    faulty = {name: FaultyTable(world, table) for name, table in tables.items()}
    time = SimpleNamespace(time=world.clock.now, monotonic=world.clock.now, sleep=world.clock.sleep)
    chance = SimpleNamespace(
        uniform=world.decisions.between,
        choice=world.decisions.pick,
        randrange=lambda end: world.decisions.pick(range(end)),
    )
    replaced: list[tuple[Any, str, Any]] = [
        (jobs.clients, "table_named", lambda name: faulty[name]),
        (boto3, "client", lambda service, **_: clients[service]),
        (SystemClock, "now", lambda _: world.clock.now()),
        (SystemClock, "sleep", lambda _, seconds: world.clock.sleep(seconds)),
        (SystemClock, "worker", lambda _, work: world.worker(work)),
        (sender, "pool", Inline),
        (sender, "STAGE_SECONDS", 0),
        (sender, "LAST_SECONDS", 0),
        *[(module, "time", time) for module in (messages, sender)],
        *[(module, "random", chance) for module in (patience, admitting, sender, sweeping)],
    ]
    if small:
        replaced += [(claims, "LARGEST_INLINE", 12), (replay, "MOST_FRAMES", 5), (replay, "MOST_BYTES", 1500)]
    caches = [value for value in vars(jobs.clients).values() if hasattr(value, "cache_clear")]
    with ExitStack() as stack:
        for target, name, value in replaced:
            stack.enter_context(patch.object(target, name, value))
        for cache in caches:
            cache.cache_clear()
            stack.callback(cache.cache_clear)
        logging.disable(logging.CRITICAL)
        stack.callback(logging.disable, logging.NOTSET)
        yield
