"""What a last stage returns where a job can complete without having succeeded in everything."""

from pydantic import BaseModel, ConfigDict


class Outcome(BaseModel):
    """A job's result that says itself whether the job succeeded: `complete` and `status` carry it."""

    model_config = ConfigDict(defer_build=True)

    success: bool = True
