"""The shapes of delay."""

from pydantic import BaseModel, ConfigDict, Field


class DelayRequest(BaseModel):
    """Wait for so many seconds, in so many steps of equal length."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", json_schema_extra={"examples": [{"seconds": 3, "steps": 3}]}
    )

    seconds: float = Field(gt=0, le=3600, description="how long to wait")
    steps: int = Field(
        default=10,
        ge=1,
        le=100,
        description="how many steps to tell of; those that end within a second are told together",
    )


class Pause(BaseModel):
    """A part of the wait: until when (seconds since the epoch), and how many of the steps are over then."""

    until: float
    over: int
    more: int = Field(description="how many of them were not over before")
    steps: int


class Planned(BaseModel):
    """The wait in parts, one after the other."""

    request: DelayRequest
    pauses: list[Pause]


class Delayed(BaseModel):
    """The job's result: what was asked for."""

    seconds: float
    steps: int
