"""JWTs: signature, issuer, audience and times, by joserfc, with the identity provider's published keys."""

import json
import os
import re
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "ES256"]
KEYS_FRESH_SECONDS = 3600
SECONDS_BETWEEN_FETCHES = 10
CLOCK_SKEW_SECONDS = 5
# Part of storage keys: the pattern keeps one tenant's keys apart from another's.
_TENANT = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_LONGEST_USER = 256


@dataclass
class InvalidToken(Exception):  # noqa: N818 - what the token is
    """Why a token is refused: for our log, never for the client."""

    reason: str


@dataclass(frozen=True)
class Claims:
    """What a token says about its bearer. `expires_at` is in seconds since the epoch."""

    tenant: str
    user: str
    permissions: str
    expires_at: int


class Keys:
    """The identity provider's keys, fetched when needed and kept for an hour."""

    def __init__(self) -> None:
        self._keys = KeySet([])
        self._fetched_at = 0.0

    def get(self, *, fresh: bool = False) -> KeySet:
        """Return the keys; `fresh` fetches them again, for a key that has been rotated in."""
        age = time.monotonic() - self._fetched_at
        if not self._keys.keys or age > (SECONDS_BETWEEN_FETCHES if fresh else KEYS_FRESH_SECONDS):
            with urllib.request.urlopen(os.environ["JWKS_URL"], timeout=5) as answer:  # noqa: S310 - a parameter
                self._keys = KeySet.import_key_set(json.load(answer))
            self._fetched_at = time.monotonic()
        return self._keys


_keys = Keys()


def verify(token: str) -> Claims:
    """Return the token's claims.

    Raises:
        InvalidToken: whatever is wrong with it.
    """
    registry = jwt.JWTClaimsRegistry(
        leeway=CLOCK_SKEW_SECONDS,
        iss={"essential": True, "value": os.environ["JWT_ISSUER"]},
        aud={"essential": True, "value": os.environ["JWT_AUDIENCE"]},
        exp={"essential": True},
        sub={"essential": True},
        tenant_id={"essential": True},
    )
    try:
        claims = _decode(token)
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidToken(type(error).__name__) from error
    return _claims(claims)


def _decode(token: str) -> dict[str, Any]:
    try:
        return jwt.decode(token, _keys.get(), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError):
        return jwt.decode(token, _keys.get(fresh=True), algorithms=ALGORITHMS).claims


def _claims(claims: dict[str, Any]) -> Claims:
    tenant, user = claims["tenant_id"], claims["sub"]
    if not (isinstance(tenant, str) and _TENANT.fullmatch(tenant)):
        raise InvalidToken("tenant_id is not usable")
    if not (isinstance(user, str) and 0 < len(user) <= _LONGEST_USER):
        raise InvalidToken("sub is not usable")
    given = claims.get("permissions", "")
    permissions = " ".join(map(str, given)) if isinstance(given, list) else str(given)
    return Claims(tenant, user, permissions, int(claims["exp"]))
