"""Values that wait in S3 while a claim travels: opened for the job that they belong to, and for no other."""

import re

from streamer.console.reading.aws_reads import Reads

LARGEST = 64 * 1024 * 1024


class Claimed:
    """Reads the intermediate data of jobs."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def read(self, tenant: str, request_id: str, key: str) -> tuple[bytes, str]:
        """Return an object and a name for the file.

        Raises:
            ValueError: it is not the job's own, or too large for a page.
            ClientError: it is not there any more, or may not be read.
        """
        if not key.startswith(f"work/{tenant}/{request_id}/"):
            raise ValueError("the object is not the job's own")
        bucket = self._reads.place.data_bucket
        answer = self._reads.s3.get_object(Bucket=bucket, Key=key)
        if answer["ContentLength"] > LARGEST:
            raise ValueError(f"{answer['ContentLength']:,} bytes: read it from s3://{bucket}/{key}")
        name = re.sub(r"[^A-Za-z0-9._-]", "_", key.rsplit("/", 1)[-1])
        body: bytes = answer["Body"].read()
        return body, name
