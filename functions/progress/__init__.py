"""The shared reporter: what steps import to run as a stage of a job and to say how far they are."""

from jobs.errors import OutOfTime, PermanentError, TransientError
from progress.outcome import Outcome
from progress.reporter import Progress
from progress.step import step

__all__ = ["OutOfTime", "Outcome", "PermanentError", "Progress", "TransientError", "step"]
