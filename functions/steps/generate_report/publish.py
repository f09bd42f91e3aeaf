"""Hand out a link to the report that opens without credentials, and expires."""

import os
import time

from pydantic import BaseModel

from progress import Progress, step
from progress.aws import data_bucket, s3
from steps.generate_report.report import Format, Rendered


class Published(BaseModel):
    """The job's result. `size` is in bytes; `expires_at` in seconds since the epoch."""

    url: str
    expires_at: int
    records: int
    size: int
    format: Format


def publish(rendered: Rendered, progress: Progress) -> Published:
    """Presign the file's URL."""
    seconds = int(os.environ["RESULT_URL_SECONDS"])
    progress.report(0.5, "Signing the link")
    url = s3().generate_presigned_url(
        "get_object", Params={"Bucket": data_bucket(), "Key": rendered.key}, ExpiresIn=seconds
    )
    return Published(
        url=url,
        expires_at=int(time.time()) + seconds,
        records=rendered.records,
        size=rendered.size,
        format=rendered.format,
    )


handler = step(publish)
