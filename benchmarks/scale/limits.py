"""What jobs and connections take of each limit of an account and of a stack."""

import inspect
from dataclasses import dataclass

from benchmarks.scale import known
from benchmarks.scale.reports import Report
from streamer.client import Client
from streamer.forecast import quotas
from streamer.forecast.engine_facts import RUNNING_SHARDS
from streamer.forecast.forecasting import ROUTER_SECONDS

_CLIENT = inspect.signature(Client.__init__).parameters
LIFE: float = _CLIENT["life"].default  # seconds, until a client opens its next connection
SILENCE: float = _CLIENT["silence"].default  # seconds, until a client asks about an open request
HEALTH = 300.0  # seconds: "every few minutes", docs/protocol.md

AT_A_HANDSHAKE = 3  # functions: authorizer, $connect, and $disconnect of the one before

ROUTE = "requests a second of the API's stage"
# What is raised without AWS, and how; all else on request.
OURS = {
    ROUTE: "in template.yaml",
    known.NEW_TABLE_WRITES.what: "by warm throughput, before the load",
    f"writes to the index running, {RUNNING_SHARDS} partitions": "in the code: `RUNNING_SHARDS`",
}


@dataclass(frozen=True)
class Limit:
    """A limit, and how much of it a job a second and an open connection take."""

    what: str
    scope: str
    most: float
    burst: float
    a_job: float
    a_connection: float

    def need(self, connections: float, jobs: float) -> float:
        """Return what so many connections and jobs a second take."""
        return self.a_connection * connections + self.a_job * jobs

    def share(self, connections: float, jobs: float) -> float:
        """Return the part of the limit that they take; over 1 it has broken."""
        return self.need(connections, jobs) / self.most


def limits(report: Report, asks: float = HEALTH) -> list[Limit]:
    """Return the limits that tenants share, where each connection says something every `asks` seconds."""
    handshakes, messages = 1 / LIFE, 1 / asks
    by_connections = {
        quotas.API_REQUESTS.what: handshakes + messages,
        ROUTE: handshakes + messages,
        quotas.LAMBDA_CONCURRENCY.what: ROUTER_SECONDS * (AT_A_HANDSHAKE * handshakes + messages),
    }
    found = [
        Limit(each.what, each.scope, each.limit, each.burst, each.per_job, by_connections.get(each.what, 0.0))
        for each in report.breaks
        if each.scope != "tenant"
    ]
    units = report.traffic.write_units
    new_table, arriving = known.NEW_TABLE_WRITES, known.NEW_CONNECTIONS
    return [
        *found,
        Limit(new_table.what, "stack", new_table.value, 0, units, 0),
        Limit(arriving.what, "account", arriving.value, 0, 0, handshakes),
    ]


def broken(found: list[Limit], connections: float, jobs: float) -> list[Limit]:
    """Return the limits that so much breaks, the worst first; if there is none, the nearest."""
    ordered = sorted(found, key=lambda each: -each.share(connections, jobs))
    return [each for each in ordered if each.share(connections, jobs) > 1] or ordered[:1]
