"""What breaks first as jobs per second grow: each limit, divided by what one job takes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streamer.forecast import engine_facts as engine
from streamer.forecast import quotas
from streamer.forecast.history import Path, children, transitions
from streamer.forecast.stages import Stage
from streamer.forecast.traffic import Traffic

Scope = Literal["account", "stack", "tenant"]


@dataclass(frozen=True)
class Break:
    """A limit that `jobs_per_second` reach. `scope` is whose jobs: the account's, the stack's, one tenant's.

    `limit` is divided by `per_job`; `burst` is how much passes at once before that, 0 where nothing does.
    """

    jobs_per_second: float
    what: str
    scope: Scope
    limit: float
    per_job: float
    burst: int
    source: str


@dataclass(frozen=True)
class Declared:
    """The template's own limits; None where it has none."""

    tenant_jobs: int | None
    route_requests: float | None
    route_burst: int | None


def breaks(
    path: Path,
    stages: Sequence[Stage],
    traffic: Traffic,
    seconds: float,
    router_seconds: float,
    declared: Declared,
) -> list[Break]:
    """Return every limit that grows with the jobs, the first to break first.

    A job's own partition is no such limit: it takes ten frames and a checkpoint a second.
    """
    busy = router_seconds + sum(stage.busy for stage in stages)
    found = [
        _of(quotas.LAMBDA_CONCURRENCY, busy),
        _of(quotas.API_REQUESTS, 1 + traffic.pushes),
    ]
    if declared.route_requests:
        what = "requests a second of the API's stage"
        found.append(_break(what, "stack", declared.route_requests, 1, declared.route_burst or 0))
    if path:
        found += [
            _of(quotas.START_EXECUTION, 1),
            _of(quotas.STATE_TRANSITION, transitions(path)),
            _of(quotas.OPEN_EXECUTIONS, seconds),
            _of(quotas.TABLE_WRITES, traffic.write_units, "stack"),
            *_hot_keys(),
        ]
        if declared.tenant_jobs:
            found.append(_break("jobs in flight of a tenant", "tenant", declared.tenant_jobs, seconds))
        found += [
            _of(quotas.OPEN_MAP_RUNS, sum(each.seconds for each in stages if each.name in inside))
            for inside in ({inner.name for inner in visit.inner} for visit, _ in children(path))
        ]
    return sorted((each for each in found if each.per_job), key=lambda each: each.jobs_per_second)


def _hot_keys() -> list[Break]:
    """Return the keys that many jobs write to, each in a partition of its own."""
    most, source = quotas.PARTITION_WRITES.most, quotas.PARTITION_WRITES.source
    return [
        _break("writes to the tenant's count of jobs", "tenant", most, engine.TENANT_WRITES, source=source),
        # It is written when the job's row comes, and when its status changes.
        _break("writes to the index by-tenant", "tenant", most, 2, source=source),
        _break(
            f"writes to the index running, {engine.RUNNING_SHARDS} partitions",
            "stack",
            most * engine.RUNNING_SHARDS,
            2,
            source=source,
        ),
    ]


def _of(quota: quotas.Quota, per_job: float, scope: Scope = "account") -> Break:
    return _break(quota.what, scope, quota.most, per_job, quota.burst, quota.source)


def _break(
    what: str, scope: Scope, limit: float, per_job: float, burst: int = 0, source: str = "template.yaml"
) -> Break:
    return Break(limit / per_job if per_job else 0, what, scope, limit, per_job, burst, source)
