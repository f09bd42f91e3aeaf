"""The shapes of echo_async."""

import json
from typing import Self

from pydantic import BaseModel, ConfigDict, JsonValue, RootModel, model_validator

LARGEST_RESULT = 64 * 1024  # as `step()` has it: a result travels in one message


class EchoAsyncRequest(RootModel[JsonValue]):
    """Give the payload back, whatever it is, as the result of a job."""

    model_config = ConfigDict(defer_build=True, json_schema_extra={"examples": [{"hello": "world"}]})

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(json.dumps({"echo": self.root})) > LARGEST_RESULT:
            raise ValueError("must not be over 64 KB, written in ASCII: it comes back in one message")
        return self


class Received(BaseModel):
    """What the one stage hands to the other; where it is large, as a claim."""

    payload: JsonValue


class Echoed(BaseModel):
    """The job's result."""

    echo: JsonValue
