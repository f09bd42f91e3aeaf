"""One job's life under a schedule of faults, with the real handlers; then all faults cease.

`run` returns what was seen; tests/faults/invariants.py says what must hold of it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from pydantic import BaseModel

from progress import PermanentError, Progress, ended, step, sweeping
from tests.faults.devices import REQUEST_ID, SILENCE, Device, Network
from tests.faults.execution import Execution, StageSpec, States
from tests.faults.schedules import Decisions, Schedule
from tests.faults.world import FaultyClient, World, edge
from tests.support.steps import TENANT, LambdaContext
from tests.support.table import Table, refusal

ENVIRONMENT = {"CONNECTIONS_URL": "http://127.0.0.1:1"}
TROUBLES = ("transient", "permanent", "bug", "dies", "overtaken", "overtaken", "overtaken")
MOST_TURNS = 60
PARTS = {2: (50.0, 100.0), 3: (20.0, 60.0, 100.0)}


class Tally(BaseModel):
    """A stage's state and result: the items that were done, as `stage/item`."""

    done: list[str] = []


@dataclass(frozen=True)
class Plan:
    """A job: how many items each stage has, and whether bounds are small."""

    items: tuple[int, ...]
    small: bool


class Objects:
    """An S3 bucket in memory."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}

    def put(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803 - boto3's
        self._bodies[Key] = Body

    def get(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        return {"Body": _Body(self._bodies[Key])}


@dataclass(frozen=True)
class _Body:
    content: bytes

    def read(self) -> bytes:
        return self.content


class Story:
    """The world, the job and those who act on it."""

    def __init__(self, decisions: Decisions, plan: Plan, tables: Mapping[str, Any] | None = None) -> None:
        self.decisions, self.plan = decisions, plan
        self.world = World(decisions, meanwhile=self.act)
        self.network = Network(self.world)
        self.devices = [Device(self.world, self.network)]
        self.work: Counter[str] = Counter()
        self.states = States(self.world, [self._stage(number) for number in range(len(plan.items))])
        self.tables = tables or {
            "JobsTable": Table("JobsTable", ("pk", "sk")),
            "ConnectionsTable": Table("ConnectionsTable", ("connection_id",)),
        }
        bucket = Objects()
        self.clients = {
            "s3": FaultyClient(self.world, "s3", {"put_object": bucket.put, "get_object": bucket.get}),
            "stepfunctions": FaultyClient(
                self.world,
                "stepfunctions",
                {
                    "start_execution": self.states.start,
                    "stop_execution": self.states.stop,
                    "describe_execution": self.states.describe,
                },
            ),
            "apigatewaymanagementapi": FaultyClient(
                self.world, "apigatewaymanagementapi", {"post_to_connection": self.network.post}
            ),
        }

    @property
    def execution(self) -> Execution | None:
        """The job's execution, once it has started."""
        assert len(self.states.executions) <= 1, "the job was started twice"
        return next(iter(self.states.executions.values()), None)

    @property
    def row(self) -> dict[str, Any] | None:
        """The job's row, read past all faults."""
        key = {"pk": f"{TENANT}#{REQUEST_ID}", "sk": "job"}
        row: dict[str, Any] | None = self.tables["JobsTable"].get_item(Key=key).get("Item")
        return row

    def run(self, scene: Callable[[], None] | None = None) -> "Story":
        """Live through the scene, by default as the schedule has it, then through the quiet after it."""
        with (
            edge(self.world, self.tables, self.clients, small=self.plan.small),
            patch.dict("os.environ", ENVIRONMENT),
        ):
            (scene or self.live)()
            self.calm()
        return self

    def live(self) -> None:
        """Let one thing happen after the other."""
        for _ in range(MOST_TURNS):
            self.act()
            if self.execution and self.execution.status != "RUNNING" and self.decisions.happens(0.3):
                return

    def act(self) -> None:
        """Let one thing happen, whatever happens already."""
        acts = {
            self._advance: 40,
            self._turn: 30,
            self.network.arrive: 10,
            self._disconnect: 4,
            self._repeat: 2,
            self._join: 2,
            self._cancel: 0.5,
            self._change: 3,
            self._again: 3,
            self._break_off: 0.7,
            self._jump: 2,
            self._sweep: 1,
        }
        self.network.monotonic += self.decisions.between(0, 5)
        self.decisions.pick(list(acts), list(acts.values()))()

    def calm(self) -> None:
        """Let all faults cease, and everybody come to an end."""
        self.world.quiet = True
        for _ in range(100):
            while self.network.flying:
                self.network.arrive()
            if self.execution:
                self.execution.advance()
            if not self.execution or self.execution.status != "RUNNING":
                self.world.clock.time += 7200
                self._sweep()
            for device in self.devices:
                device.turn()
                device.turn()
            self.network.monotonic += SILENCE
            over = self.row and self.row["status"] != "RUNNING"
            if over and all(device.done for device in self.devices):
                return
        raise AssertionError("no end in sight")

    def _advance(self) -> None:
        execution = self.execution
        if execution is None:
            return
        if execution.attempting:  # given up by Step Functions, the attempt goes on
            causes = ["Lambda.Unknown", "States.Timeout"]
            execution.fail(self.decisions.pick(causes, [5, 1]), "{}")
            for _ in range(self.decisions.pick([0, 1, 3])):
                execution.advance()
        execution.advance()

    def _turn(self) -> None:
        self.decisions.pick(self.devices).turn()

    def _disconnect(self) -> None:
        self.decisions.pick(self.devices).disconnect()

    def _repeat(self) -> None:
        self.decisions.pick(self.devices).repeat()

    def _cancel(self) -> None:
        self.decisions.pick(self.devices).cancel()

    def _join(self) -> None:
        if len(self.devices) < 3:
            joins = bool(self.row) and self.decisions.happens(0.5)
            self.devices.append(Device(self.world, self.network, joins=joins))

    def _change(self) -> None:
        """Deliver a status event, and sometimes keep it to deliver it again; or lose it."""
        if self.execution and self.execution.changes:
            event = self.execution.changes[0]
            if self.decisions.happens(0.7):
                self.world.run(lambda: ended.on_status_change(event, None))
            if self.decisions.happens(0.5):
                self.execution.changes.clear()

    def _again(self) -> None:
        if self.execution and self.execution.given:
            self.execution.again(self.decisions.pick(range(len(self.execution.given))))

    def _break_off(self) -> None:
        if self.execution:
            self.execution.end(self.decisions.pick(["ABORTED", "TIMED_OUT", "FAILED"]))

    def _jump(self) -> None:
        """Set the clock, an hour either way; nothing rings."""
        self.world.clock.time += self.decisions.between(-3600, 3600)

    def _sweep(self) -> None:
        self.world.run(lambda: sweeping.handler({}, LambdaContext()))

    def _stage(self, number: int) -> StageSpec:
        items = [f"{number}/{item}" for item in range(self.plan.items[number])]
        ends = PARTS[len(self.plan.items)]

        def work(before: Tally, progress: Progress) -> Tally:
            tally = Tally()
            for item in progress.track(items, "{done} of {total}", state=tally):
                self._do(item, progress)
                tally.done.append(item)
            return Tally(done=before.done + tally.done)

        def first(progress: Progress) -> Tally:
            return work(Tally(), progress)

        part = ((0.0, *ends)[number], ends[number])
        clock: Any = self.world.own_clock
        if number == 0:
            return StageSpec("Stage 0", part, None, step(first, clock))
        return StageSpec(f"Stage {number}", part, "before", step(work, clock))

    def _do(self, item: str, progress: Progress) -> None:
        self.work[item] += 1
        self.world.check()
        if self.world.quiet:
            return
        self.world.clock.advance(self.decisions.pick([1.2, 0.4, 0.05, 0.0], [3, 3, 2, 1]))
        if self.decisions.happens(0.05):
            progress.report(self.decisions.between(0, 1), f"in {item}", about=item)
        way = self.decisions.fault(f"work:{item}", TROUBLES)
        if way == "transient":
            raise refusal("s3", "SlowDown", "GetObject", 503)
        if way == "permanent":
            raise PermanentError("This cannot be done.")
        if way == "bug":
            raise KeyError(item)
        if way == "dies":
            self.world.die()
        if way == "overtaken":
            self.world.overtake()
            self.world.check()


def from_seed(seed: int, most: int) -> tuple[Schedule, Plan]:
    """Return what a seed means: the decisions to come, and the job that they are about."""
    schedule = Schedule(seed, most)
    stages = schedule.pick([2, 3])
    items = tuple(schedule.pick(range(1, 7)) for _ in range(stages))
    return schedule, Plan(items, small=schedule.happens(0.5))
