"""Expiry of presigned URLs."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from streamer.local.endpoint import expiry

QUERY = {"X-Amz-Date": "20260102T030405Z", "X-Amz-Expires": "60", "X-Amz-Signature": "0"}


@pytest.mark.parametrize(
    ("query", "second", "expired"),
    [
        (QUERY, 4, False),
        (QUERY, 5, False),
        (QUERY, 6, True),
        ({}, 6, False),
        (QUERY | {"X-Amz-Expires": "soon"}, 6, False),
        (QUERY | {"X-Amz-Date": "today"}, 6, False),
    ],
)
def test_expiry(query: dict[str, str], second: int, expired: bool) -> None:
    document = expiry(query, datetime(2026, 1, 2, 3, 5, second, tzinfo=UTC))
    assert bool(document) is expired


def test_the_document_is_s3s() -> None:
    document = expiry(QUERY, datetime(2026, 1, 2, 3, 6, tzinfo=UTC))
    root = ET.fromstring(document or "")
    assert root.findtext("Code") == "AccessDenied"
    assert root.findtext("Message") == "Request has expired"
    assert root.findtext("Expires") == "2026-01-02T03:05:05Z"
