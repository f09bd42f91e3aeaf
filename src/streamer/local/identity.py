"""A local identity provider: one key, its public half as a JWK set, and the tokens that it signs."""

import json
import os
import time
import uuid
from pathlib import Path
from typing import TextIO

from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER = "streamer-dev"
AUDIENCE = "streamer"

_KEY_FILE = "signing_key.json"
_KEY_BITS = 2048


def owner_only(path: Path) -> TextIO:
    """Open a file for writing that is at no moment readable by others; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")


def signing_key(state_dir: Path) -> RSAKey:
    """Return the key kept in `state_dir`, made at first use and readable by its owner only."""
    path = state_dir / _KEY_FILE
    if path.exists():
        return RSAKey.import_key(json.loads(path.read_text()))
    key = RSAKey.generate_key(_KEY_BITS, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    with owner_only(path) as file:
        json.dump(key.as_dict(private=True), file)
    return key


def jwk_set(state_dir: Path) -> bytes:
    """Return the public key as the JSON text of a JWK set."""
    return json.dumps({"keys": [signing_key(state_dir).as_dict(private=False)]}).encode()


def mint(
    state_dir: Path,
    tenant: str,
    user: str,
    expires_in_seconds: float,
    issuer: str = ISSUER,
    audience: str = AUDIENCE,
    permissions: str = "",
) -> str:
    """Return an RS256 token for `user` of `tenant`, with `permissions`: names with spaces between them.

    A negative life gives a token that has expired.
    """
    key, now = signing_key(state_dir), int(time.time())
    claims = {
        "sub": user,
        "tenant_id": tenant,
        "iss": issuer,
        "aud": audience,
        "iat": now,
        "exp": now + int(expires_in_seconds),
        "jti": str(uuid.uuid4()),
        "permissions": permissions,
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
