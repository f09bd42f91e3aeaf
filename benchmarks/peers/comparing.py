"""Runs the job here and on the other engines, in turns, and says where we lose, by what ratio and why."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.load import driving
from benchmarks.peers.cutting import cut
from benchmarks.peers.installing import install
from benchmarks.peers.starting.celery_redis import celery_redis
from benchmarks.peers.starting.dbos_sqlite import dbos_sqlite
from benchmarks.peers.starting.ours import ours
from benchmarks.peers.starting.restate import restate
from benchmarks.peers.starting.serverless_offline import serverless_offline

ROUNDS = ((1, 5), (10, 2), (100, 1))  # jobs at once, and how often
LONGEST = 60.0  # seconds
OURS = "ours"
_NO_END = f"a job failed, or had no end within {LONGEST:.0f} s"
ENGINES = {
    OURS: ours,
    "Celery with Redis": celery_redis,
    "Restate, updates in passing": lambda: restate(kept=False),
    "Restate, updates kept": lambda: restate(kept=True),
    # What did not end in time goes on, and would take from those after it.
    "serverless-offline": serverless_offline,
    "DBOS on SQLite": dbos_sqlite,
}
WHY = {
    "Celery with Redis": "no state machine, no store, no retry or timeout between its stages: updates go by"
    " and are kept nowhere",
    "DBOS on SQLite": "its stages are functions of one process, and so is who follows them",
    "Restate, updates in passing": "an engine of compiled code, whose stages are functions of one process;"
    " updates go by and are kept nowhere",
    "Restate, updates kept": "an engine of compiled code, whose stages are functions of one process",
    "serverless-offline": "no state machine, no store, no authorizer: a stage is a thread that posts to one"
    " connection, and nothing is left of a job",
}


def measure() -> Iterator[dict[str, Any]]:
    """Yield for each engine and number of jobs the medians of its rounds, and what a cut client misses."""
    install()
    found: dict[tuple[str, int], list[list[driving.Waits]]] = {}
    with ExitStack() as stack:
        engines = {name: stack.enter_context(start()) for name, start in ENGINES.items()}
        for endpoint in engines.values():
            asyncio.run(_jobs(endpoint, 4))  # what is warm is compared
        seen = {name: asyncio.run(cut(endpoint)) for name, endpoint in engines.items()}
        for number, times in ROUNDS:
            for _ in range(times):
                for name, endpoint in engines.items():
                    found.setdefault((name, number), []).append(asyncio.run(_jobs(endpoint, number)))
    for (name, number), rounds in found.items():
        lost, doubled = seen[name]
        missed = {"lost": lost, "doubled": doubled} if number == 1 else {}
        if not all(rounds):
            yield {"what": name, "jobs": number, "why": _NO_END} | missed
            continue
        together = [each for waits in rounds for each in waits]
        ratio = _last(found[OURS, number]) / _last(rounds)
        yield (
            {
                "what": name,
                "jobs": number,
                "acknowledgment": median(each.acknowledgment for each in together) * 1000,
                "first": median(each.first for each in together) * 1000,
                "last": _last(rounds) * 1000,
                "ratio": ratio,
            }
            | missed
            | ({"why": WHY[name]} if ratio > 1 else {})
        )


async def _jobs(endpoint: Any, number: int) -> list[driving.Waits]:
    """Return how long so many jobs took, nothing where one failed or did not end in time."""
    try:
        async with asyncio.timeout(LONGEST):
            return await driving.jobs(endpoint, number, "load", None)
    except (TimeoutError, RuntimeError) as error:
        print(number, "jobs:", str(error) or f"no end within {LONGEST:.0f} s", flush=True)
        return []


def _last(rounds: list[list[driving.Waits]]) -> float:
    return median(max(each.total for each in waits) for waits in rounds)
