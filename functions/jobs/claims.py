"""Values too large for the state (256 KiB) or an item (400 KB) wait in S3; a claim travels instead."""

import json
from typing import Any

from jobs.clients import data_bucket, s3
from jobs.errors import PermanentError

LARGEST_INLINE = 32 * 1024
CLAIM = "$claim"


def check_in(folder: str, name: str, value: Any) -> Any:
    """Return `value`, or a claim on an object in `folder` where its JSON is over `LARGEST_INLINE` bytes.

    What looks like a claim is handed over by one, or it would be taken for one.
    """
    body = json.dumps(value, separators=(",", ":")).encode()
    if len(body) <= LARGEST_INLINE and not _is_claim(value):
        return value
    key = f"{folder}{name}.json"
    s3().put_object(Bucket=data_bucket(), Key=key, Body=body, ContentType="application/json")
    return {CLAIM: key}


def check_out(folder: str, value: Any) -> Any:
    """Return the value that was checked in to `folder`.

    Raises:
        PermanentError: the claim is on another folder: a client wrote it, to read what is not its own.
    """
    if not _is_claim(value):
        return value
    key = value[CLAIM]
    if not (isinstance(key, str) and key.startswith(folder)):
        raise PermanentError("The request refers to data that is not its own.")
    return json.loads(s3().get_object(Bucket=data_bucket(), Key=key)["Body"].read())


def _is_claim(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {CLAIM}
