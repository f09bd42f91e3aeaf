"""Links to results: they open without credentials, and expire."""

from pydantic import BaseModel, ConfigDict

from jobs.signing import presign


class Link(BaseModel):
    """`expires_at` is in seconds since the epoch."""

    model_config = ConfigDict(defer_build=True)

    url: str
    expires_at: int


def sign(key: str) -> Link:
    """Return a link to an object of the data bucket."""
    url, expires_at = presign("get_object", key)
    return Link(url=url, expires_at=expires_at)
