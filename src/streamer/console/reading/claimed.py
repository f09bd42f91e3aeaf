"""Values that wait in S3 while a claim travels: opened for the job that they belong to, and for no other."""

import json
import re
from collections.abc import Mapping
from typing import Any

from streamer.console.reading.aws_reads import Reads
from streamer.console.run.job_items import given

LARGEST = 64 * 1024 * 1024


class Claimed:
    """Reads the intermediate data of jobs."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def payload(self, row: Mapping[str, Any]) -> bytes:
        """Return the payload that a job was given, in JSON. Raises what `read` raises."""
        payload = given(row).get("payload")
        if isinstance(payload, dict) and payload.keys() == {"$claim"}:
            return self.read(str(row["tenant"]), str(row["request_id"]), str(payload["$claim"]))[0]
        return json.dumps(payload).encode()

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
