"""The shipped actions, `trouble`, and two more that a test needs."""

from typing import Any

from pydantic import BaseModel
from steps.trouble.work import Trouble

from actions import actions, handler
from router.registry import Identity

__all__ = ["handler"]


class Weight(BaseModel):
    """How long it is said to take, and so whether it is a job."""

    seconds: float
    items: int = 0


def explode(payload: Any, identity: Identity) -> None:
    """Fail as bugs do."""
    raise RuntimeError("password=hunter2")


def weigh(payload: Weight, identity: Identity) -> str:
    """Answer at once."""
    return "at once"


actions.add("trouble", Trouble, estimate=60, job=True)
actions.add("explode", Any, estimate=0, handler=explode)
actions.add(
    "weigh",
    Weight,
    estimate=lambda weight: weight.seconds,
    handler=weigh,
    job=True,
)
