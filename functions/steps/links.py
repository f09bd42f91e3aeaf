"""Links to results: they open without credentials, and expire."""

import os
import time

from pydantic import BaseModel, ConfigDict

from jobs.clients import data_bucket, s3


class Link(BaseModel):
    """`expires_at` is in seconds since the epoch."""

    model_config = ConfigDict(defer_build=True)

    url: str
    expires_at: int


def sign(key: str) -> Link:
    """Return a link to an object of the data bucket."""
    seconds = int(os.environ["RESULT_URL_SECONDS"])
    place = {"Bucket": data_bucket(), "Key": key}
    url = s3().generate_presigned_url("get_object", Params=place, ExpiresIn=seconds)
    return Link(url=url, expires_at=int(time.time()) + seconds)
