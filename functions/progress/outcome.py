"""What a last stage returns where a job can complete without having succeeded in everything."""

from pydantic import BaseModel


class Outcome(BaseModel):
    """A job's result that says itself whether the job succeeded: `complete` and `status` carry it."""

    success: bool = True
