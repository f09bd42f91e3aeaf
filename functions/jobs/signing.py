"""Links into the data bucket: they open without credentials, until they expire or who signed them does.

S3 takes a link for as long as the credentials that signed it. A function's are a session of its role: it ends
when Lambda wants it to, and its end is known only where Lambda tells it. A link is never said to live longer
than that; where nothing is told, `ResultUrlSeconds` is its bound, which is an hour at most for this reason.
"""

import os
import time
from bisect import bisect_left
from typing import Any, Literal
from urllib.parse import unquote

from jobs.clients import data_bucket, s3

SIGNATURE = "X-Amz-Signature="


def presign(operation: Literal["get_object", "put_object"], key: str, **more: Any) -> tuple[str, int]:
    """Return a link to an object, and when it expires, in seconds since the epoch."""
    client, now = s3(), time.time()
    seconds = _seconds(int(os.environ["RESULT_URL_SECONDS"]))
    place = {"Bucket": data_bucket(), "Key": key, **more}
    return client.generate_presigned_url(operation, Params=place, ExpiresIn=seconds), int(now) + seconds


def renew(result: Any, folder: str) -> Any:
    """Return a job's result with new links to its objects, which are in `folder`, and when those expire.

    A link stands beside `expires_at`; what else there is stays as it is.
    """
    if not (isinstance(result, dict) and "expires_at" in result):
        return result
    links = {name: text for name, text in result.items() if isinstance(text, str) and SIGNATURE in text}
    for name, text in links.items():
        address = _address(folder)
        if text.startswith(address):
            key = folder + unquote(text.removeprefix(address).partition("?")[0])
            link, expires_at = presign("get_object", key)
            result = result | {name: link, "expires_at": expires_at}
    return result


def _seconds(wanted: int) -> int:
    """Return how many of the wanted seconds the credentials have left, as far as they know."""
    import boto3
    from botocore.credentials import RefreshableCredentials

    credentials = boto3.DEFAULT_SESSION.get_credentials() if boto3.DEFAULT_SESSION else None
    if not isinstance(credentials, RefreshableCredentials):
        return wanted
    credentials.get_frozen_credentials()  # new ones, where these are nearly over
    # Whether it is time for others so many seconds before their end is all that they say of it.
    return max(bisect_left(range(1, wanted + 1), True, key=credentials.refresh_needed), 1)


def _address(folder: str) -> str:
    """Return what every link to an object in the folder begins with."""
    place = {"Bucket": data_bucket(), "Key": f"{folder}-"}
    return s3().generate_presigned_url("get_object", Params=place).partition("?")[0].removesuffix("-")
