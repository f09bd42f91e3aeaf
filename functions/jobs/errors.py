"""The errors by which a step tells its state machine what to do. Retry and Catch name these classes.

Step Functions matches the class's own name, not its parents', so `step()` raises subclasses as their base.
"""

from typing import Any


class TransientError(Exception):
    """Trying again may help: the state machine retries with backoff."""


class PermanentError(Exception):
    """Trying again is of no use. The message is shown to the client: write it for them.

    `left` (JSON-able) is what the job leaves behind all the same; clients get it as `partial.result`.
    """

    def __init__(self, message: str, left: Any = None) -> None:
        super().__init__(message)
        self.left = left


class OutOfTime(Exception):  # noqa: N818 - a name that reads well in a state machine
    """The function's time is nearly over and its checkpoint saved: the state machine goes on from there."""
