"""SnapStart: what the router's environments have before they are asked anything.

Lambda takes a snapshot of an environment once its handler is imported, and all later ones begin as copies of
it. What takes time and is the same for all is done before. What two of them must not share is born after:
chance is seeded anew; ids come from the kernel; the provider's keys are fetched by the first handshake; and
AWS's clients have called nobody yet, so that no connection of theirs is older than the copy.
"""

import os
import random
from collections.abc import Callable


def before_snapshot(prime: Callable[[], object]) -> None:
    """Have `prime` called before a snapshot is taken of this environment; where none is, never."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    # Lambda's runtime brings it, from Python 3.12 on; where snapshots are taken it is there.
    from snapshot_restore_py import (  # type: ignore[import-untyped]
        register_after_restore,
        register_before_snapshot,
    )

    register_before_snapshot(prime)
    register_after_restore(random.seed)


def load_logging() -> None:
    """Import what lines of the log and metrics are made with: handlers put it off to their first line."""
    from aws_lambda_powertools import metrics  # noqa: F401

    from jobs.logger import logger

    logger.info("ready for a snapshot")
