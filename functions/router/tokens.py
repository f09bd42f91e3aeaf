"""JWTs: signature, issuer, audience and times, by joserfc, with the identity provider's published keys."""

import http.client
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

from jobs.counting import count
from jobs.logger import logger

ALGORITHMS = ["RS256", "ES256"]
KEYS_FRESH_SECONDS = 3600
KEYS_KEPT_SECONDS = 24 * 3600  # where they cannot be fetched again
SECONDS_BETWEEN_FETCHES = 10
CLOCK_SKEW_SECONDS = 5
# Part of storage keys: the pattern keeps one tenant's keys apart from another's, and addresses as they are.
_TENANT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}")
_LONGEST_USER = 256
_LONGEST_PERMISSIONS = 4096
_LATEST_EXPIRY = 2**53  # what a table, and every other reader, keeps exactly


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
    """The identity provider's keys, fetched when needed and kept for an hour; for a day where they must."""

    def __init__(self) -> None:
        self._keys = KeySet([])
        self._fetched_at = self._tried_at = 0.0

    def get(self, *, fresh: bool = False) -> KeySet:
        """Return the keys; `fresh` fetches them again, for a key that has been rotated in.

        Raises:
            OSError, HTTPException, ValueError, JoseError: there are none that could be used.
        """
        now = time.monotonic()
        age, waited = now - self._fetched_at, now - self._tried_at > SECONDS_BETWEEN_FETCHES
        if not self._keys.keys or age > KEYS_KEPT_SECONDS:
            self._fetch()
        elif waited and (fresh or age > KEYS_FRESH_SECONDS):
            try:
                self._fetch()
            except (OSError, http.client.HTTPException, ValueError, JoseError) as error:
                count("KeysNotRefreshed")
                about = {"error": type(error).__name__, "age_seconds": round(age)}
                logger.warning("the keys could not be fetched; going on with the old ones", extra=about)
        return self._keys

    def _fetch(self) -> None:
        self._tried_at = time.monotonic()
        with urllib.request.urlopen(os.environ["JWKS_URL"], timeout=5) as answer:  # noqa: S310 - a parameter
            self._keys = KeySet.import_key_set(json.load(answer))
        self._fetched_at = time.monotonic()


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
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidToken(type(error).__name__) from error
    return _claims(claims)


def _decode(token: str) -> dict[str, Any]:
    try:
        decoded = jwt.decode(token, _keys.get(), algorithms=ALGORITHMS)
    except (JoseError, ValueError):
        decoded = jwt.decode(token, _keys.get(fresh=True), algorithms=ALGORITHMS)
    if "crit" in decoded.header:  # it names extensions that must be understood, and none is
        raise InvalidToken("crit")
    return decoded.claims


def _claims(claims: dict[str, Any]) -> Claims:
    tenant, user, expiry = claims["tenant_id"], claims["sub"], claims["exp"]
    if not (isinstance(tenant, str) and _TENANT.fullmatch(tenant)):
        raise InvalidToken("tenant_id is not usable")
    if not (_is_text(user) and 0 < len(user) <= _LONGEST_USER):
        raise InvalidToken("sub is not usable")
    if not expiry < _LATEST_EXPIRY:  # nor NaN
        raise InvalidToken("exp is not usable")
    return Claims(tenant, user, _permissions(claims.get("permissions")), int(expiry))


def _permissions(given: Any) -> str:
    """Return the claim, a list or a text, as names with spaces between them."""
    names = given.split() if isinstance(given, str) else given or []
    if not isinstance(names, list) or not all(map(_is_text, names)):
        raise InvalidToken("permissions is not usable")
    # A name with a space in it is none that an action asks for, and must not become two that are.
    text = " ".join(name for name in names if name.split() == [name])
    if len(text) > _LONGEST_PERMISSIONS:
        raise InvalidToken("permissions is not usable")
    return text


def _is_text(value: Any) -> bool:
    """Whether it is a text that can be written: without half a surrogate pair."""
    return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)
