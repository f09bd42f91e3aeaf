"""Return the payload."""

from progress import Progress, step
from steps.echo_async.echo_async_request import Echoed, Received


def give_back(received: Received, progress: Progress) -> Echoed:  # noqa: ARG001 - every stage's signature
    """Make the payload the job's result."""
    return Echoed(echo=received.payload)


handler = step(give_back)
