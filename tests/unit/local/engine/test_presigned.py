"""What a presigned URL was signed for, and nothing else."""

import boto3
import pytest
from botocore.config import Config

from streamer.local.engine.presigned import is_as_signed

HOST = "127.0.0.1:4566"
HEADERS = {"host": HOST, "content-length": "5"}


def signed(method: str = "put_object", key: str = "local", **more: object) -> str:
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://{HOST}",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="local",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    given = {"Bucket": "b", "Key": "uploads/acme tenant/ü:1", **more}
    url: str = s3.generate_presigned_url(method, Params=given, ExpiresIn=60)
    return url.removeprefix(f"http://{HOST}")


def test_what_was_signed_is_taken() -> None:
    assert is_as_signed("PUT", signed(ContentLength=5), HEADERS)
    assert is_as_signed("GET", signed("get_object"), {"host": HOST, "range": "bytes=0-1"})


@pytest.mark.parametrize(
    ("method", "uri", "headers"),
    [
        ("PUT", signed(ContentLength=5), HEADERS | {"content-length": "6"}),
        ("PUT", signed(ContentLength=5), {"host": HOST}),
        ("GET", signed(ContentLength=5), HEADERS),
        ("PUT", signed(ContentLength=5).replace("acme", "globex"), HEADERS),
        ("PUT", signed(ContentLength=5).replace("X-Amz-Expires=60", "X-Amz-Expires=6000"), HEADERS),
        ("PUT", signed(ContentLength=5) + "&partNumber=2", HEADERS),
        ("GET", signed("get_object"), {"host": "elsewhere"}),
    ],
)
def test_anything_else_is_not(method: str, uri: str, headers: dict[str, str]) -> None:
    assert not is_as_signed(method, uri, headers)


def test_what_was_not_signed_here_is_not_looked_at() -> None:
    assert is_as_signed("GET", "/b/k", {})
    assert is_as_signed("GET", signed("get_object", key="other") + "0", {})
