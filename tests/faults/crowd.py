"""Many at once, each in a thread of its own, against tables that make them meet."""

import json
import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

import boto3

import jobs.clients
from tests.support.stack import ENVIRONMENT
from tests.support.table import Table, exceptions
from tests.support.unkind import KEYS, UnkindTable

LAG_SECONDS = 0.05
In = TypeVar("In")
Out = TypeVar("Out")


def _lag() -> float:
    return random.uniform(0, LAG_SECONDS)


@dataclass
class Crowd:
    """The edge: tables, and what was pushed by connection. `post(connection)` runs before a push arrives."""

    tables: dict[str, UnkindTable] = field(
        default_factory=lambda: {
            name: UnkindTable(Table(name, key), time.sleep, time.time, _lag) for name, key in KEYS.items()
        }
    )
    pushed: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    post: Callable[[str], None] = lambda connection: None
    posts: list[str] = field(default_factory=list)

    @property
    def jobs(self) -> UnkindTable:
        """The jobs table."""
        return self.tables["JobsTable"]

    def push(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's
        """Take a push, as `post_to_connection` does."""
        self.posts.append(ConnectionId)
        self.post(ConnectionId)
        self.pushed[ConnectionId].append(json.loads(Data))


@contextmanager
def crowd(*, quota: int = 200) -> Iterator[Crowd]:
    """Let functions/ meet a crowd's edge instead of boto3."""
    edge = Crowd()
    clients = {
        "stepfunctions": SimpleNamespace(
            start_execution=lambda **_: {}, exceptions=exceptions("stepfunctions")
        ),
        "apigatewaymanagementapi": SimpleNamespace(
            post_to_connection=edge.push, exceptions=exceptions("apigatewaymanagementapi")
        ),
    }
    caches = [value for value in vars(jobs.clients).values() if hasattr(value, "cache_clear")]
    with ExitStack() as stack:
        stack.enter_context(patch.object(jobs.clients, "table_named", lambda name: edge.tables[name]))
        stack.enter_context(patch.object(boto3, "client", lambda service, **_: clients[service]))
        own = {"MOST_JOBS_PER_TENANT": str(quota), "CONNECTIONS_URL": "http://127.0.0.1:1"}
        stack.enter_context(patch.dict(os.environ, ENVIRONMENT | own))
        for cache in caches:
            cache.cache_clear()
            stack.callback(cache.cache_clear)
        yield edge


def at_once(act: Callable[[In], Out], given: Iterable[In]) -> list[Out]:
    """Let everybody act at the same moment; return what came of it, in order."""
    among = list(given)
    gate = threading.Barrier(len(among))

    def run(one: In) -> Out:
        gate.wait()
        return act(one)

    with ThreadPoolExecutor(len(among)) as pool:
        return list(pool.map(run, among))
