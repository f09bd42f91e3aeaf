"""Celery with Redis: a chain of three tasks, which report by `update_state`; followers subscribe to it.

`on_celery.py READY REDIS_URL` bridges; `celery -A on_celery worker` works, with REDIS_URL in its environment.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import redis.asyncio
from bridge import STAGES, UPDATES, run
from celery import Celery, chain

url = sys.argv[2] if __name__ == "__main__" else os.environ["REDIS_URL"]
app = Celery("peers", broker=url, backend=url)
app.conf.update(worker_prefetch_multiplier=1, task_track_started=False)


@app.task(bind=True, name="stage")
def stage(self: Any, number: int, pace: float) -> int:
    """Report twenty times, and do nothing else."""
    for done in range(1, UPDATES + 1):
        time.sleep(pace)
        self.update_state(state="PROGRESS", meta={"number": UPDATES * number + done})
    return number


async def main() -> None:
    """Start chains, and tell what Redis publishes of their tasks."""
    client = redis.asyncio.Redis.from_url(url, max_connections=1000)  # a subscription has one of its own
    opened: dict[str, Any] = {}

    async def subscribed(job: str) -> Any:
        names = [f"celery-task-meta-{job}-{number}" for number in range(STAGES)]
        subscription = client.pubsub(ignore_subscribe_messages=True)
        await subscription.subscribe(*names)
        return subscription

    async def start(job: str, pace: float) -> None:
        opened[job] = await subscribed(job)
        tasks = [stage.si(number, pace).set(task_id=f"{job}-{number}") for number in range(STAGES)]
        await asyncio.to_thread(chain(*tasks).apply_async)

    async def follow(job: str) -> AsyncIterator[int]:
        subscription = opened.pop(job, None) or await subscribed(job)
        # What was published before is gone; the end is kept.
        kept = await client.get(f"celery-task-meta-{job}-{STAGES - 1}")
        try:
            if kept and json.loads(kept)["status"] == "SUCCESS":
                return
            async for message in subscription.listen():
                told = json.loads(message["data"])
                if told["status"] == "PROGRESS":
                    yield told["result"]["number"]
                elif told["status"] == "SUCCESS" and told["result"] == STAGES - 1:
                    return
        finally:
            await subscription.aclose()

    await run(Path(sys.argv[1]), start, follow)


if __name__ == "__main__":
    asyncio.run(main())
