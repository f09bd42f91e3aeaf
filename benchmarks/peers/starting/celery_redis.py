"""Celery with Redis."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.peers.installing import PYTHON, redis_server
from benchmarks.peers.starting.processes import Endpoint, bridge, free_ports, process


@contextmanager
def celery_redis() -> Iterator[Endpoint]:
    """Run Redis, a worker with a process for each processor, and the bridge."""
    with tempfile.TemporaryDirectory() as folder:
        (port,) = free_ports(1)
        url = f"redis://127.0.0.1:{port}/0"
        redis = [str(redis_server()), "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        worker = [str(PYTHON.with_name("celery")), "-A", "on_celery", "worker", "--loglevel", "ERROR"]
        with (
            process(redis, folder),
            process([*worker, "--concurrency", str(os.cpu_count())], folder, REDIS_URL=url),
            bridge("on_celery.py", folder, url) as endpoint,
        ):
            yield endpoint
