"""Presigned URLs, held to what was signed: moto takes any, S3 no other method, object, query or header."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from streamer.local.aws import ACCESS_KEY_ID, SECRET_ACCESS_KEY

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

MISMATCH = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the \
signature you provided. Check your key and signing method.</Message></Error>"""


def is_presigned(uri: str) -> bool:
    """Whether a request's URL says that it was signed with the runner's own key."""
    query = parse_qs(urlsplit(uri).query)
    return (
        query.get("X-Amz-Credential", [""])[0].startswith(f"{ACCESS_KEY_ID}/") and "X-Amz-Signature" in query
    )


def is_as_signed(method: str, uri: str, headers: "Mapping[str, str] | Headers") -> bool:
    """Whether a request is the one that its URL was signed for; `uri` is path and query as they were sent.

    True also where nothing was signed, or not with the runner's own key.
    """
    if not is_presigned(uri):
        return True
    parts = urlsplit(uri)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    scope = query["X-Amz-Credential"].partition("/")[2]
    names = query.get("X-Amz-SignedHeaders", "")
    canonical = "\n".join(
        [
            method,
            parts.path,
            "&".join(
                sorted(pair for pair in parts.query.split("&") if not pair.startswith("X-Amz-Signature="))
            ),
            *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in names.split(";")),
            "",
            names,
            "UNSIGNED-PAYLOAD",
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", query.get("X-Amz-Date", ""), scope, digest])
    signing = f"AWS4{SECRET_ACCESS_KEY}".encode()
    for part in [*scope.split("/"), text]:
        signing = hmac.digest(signing, part.encode(), "sha256")
    return hmac.compare_digest(signing.hex(), query["X-Amz-Signature"])
