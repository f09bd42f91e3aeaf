"""upload: a link to which a client may put an object of its own, for process_data to read."""

import uuid
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from router.registry import Identity

LARGEST_UPLOAD = 5 * 1024**3  # bytes; S3 takes no more in one request


class UploadRequest(BaseModel):
    """Ask for a link to upload an object of `size` bytes."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", json_schema_extra={"examples": [{"size": 1048576}]}
    )

    size: int = Field(ge=1, le=LARGEST_UPLOAD, strict=True)


class Upload(BaseModel):
    """Send the object to `url`, with `method` and `headers`; `upload` names it in a source."""

    model_config = ConfigDict(defer_build=True)

    upload: str
    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires_at: int


def upload(payload: UploadRequest, identity: Identity) -> Upload:
    """Sign a link that takes exactly so many bytes, once or again until it expires."""
    from jobs.signing import presign  # an echo does not pay for boto3

    name = uuid.uuid4().hex
    url, expires_at = presign("put_object", f"uploads/{identity.tenant}/{name}", ContentLength=payload.size)
    return Upload(
        upload=name,
        url=url,
        headers={"Content-Length": str(payload.size), "Content-Type": "application/octet-stream"},
        expires_at=expires_at,
    )
