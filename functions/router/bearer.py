"""Whom a token speaks for: the claims that the template's parameters name, made into an identity."""

import os
import re
from dataclasses import dataclass
from typing import Any

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
class Bearer:
    """Who has shown a token. `expires_at` is in seconds since the epoch."""

    tenant: str
    user: str
    permissions: str
    expires_at: int


def find_tenant(claims: dict[str, Any]) -> str:
    """Return the tenant. Raises InvalidToken."""
    tenant = claims.get(os.environ["TENANT_CLAIM"])
    if isinstance(tenant, list) and len(tenant) == 1:  # Keycloak's organizations, Cognito's groups
        (tenant,) = tenant
    if not (isinstance(tenant, str) and _TENANT.fullmatch(tenant)):
        raise InvalidToken("the tenant is not usable")
    return tenant


def find_bearer(claims: dict[str, Any]) -> Bearer:
    """Return whom the claims, which are verified, speak of. Raises InvalidToken."""
    tenant, expiry = find_tenant(claims), claims["exp"]
    user: Any = claims.get(os.environ["USER_CLAIM"])
    if not (_is_text(user) and 0 < len(user) <= _LONGEST_USER):
        raise InvalidToken("the user is not usable")
    if not expiry < _LATEST_EXPIRY:
        raise InvalidToken("exp is not usable")
    return Bearer(tenant, user, _permissions(claims.get(os.environ["PERMISSIONS_CLAIM"])), int(expiry))


def _permissions(given: Any) -> str:
    """Return the claim, a list or a text, as names with spaces between them."""
    names = given.split() if isinstance(given, str) else given or []
    if not isinstance(names, list) or not all(map(_is_text, names)):
        raise InvalidToken("the permissions are not usable")
    # A name with a space in it is none that an action asks for, and must not become two that are.
    text = " ".join(name for name in names if name.split() == [name])
    if len(text) > _LONGEST_PERMISSIONS:
        raise InvalidToken("the permissions are not usable")
    return text


def _is_text(value: Any) -> bool:
    """Whether it is a text that can be written: without half a surrogate pair."""
    return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)
