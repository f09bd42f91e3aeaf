"""Access tokens: JWTs that the identity provider signed, for us, for now. They are held to RFC 8725."""

import json
import os
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, guess_key
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from router.bearer import Bearer, InvalidToken, find_bearer, find_tenant
from router.key_set import Keys

# What a header says beyond what is registered is ignored, as RFC 7515 has it: `crit` is there for the rest.
_REGISTRY = jws.JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)
CLOCK_SKEW_SECONDS = 5
# As Microsoft's metadata write the issuer of an application of many tenants.
TENANT_IN_ISSUER = "{tenantid}"
# A provider signs other JWTs with the same keys: what says that it is one of those is no access token.
_TYPES = {"jwt", "at+jwt"}
_KINDS = {"token_use": "access", "typ": "Bearer"}  # claims of Cognito's and of Keycloak's

_keys = Keys()


def verify(token: str) -> Bearer:
    """Return who the token says is there.

    Raises:
        InvalidToken: whatever is wrong with it.
        NoKeys: there is nothing to hold it to.
    """
    try:
        signed, issuer_of_key = _verify_signature(token)
        claims = json.loads(signed.payload.decode())
        if not isinstance(claims, dict):
            raise InvalidToken("no claims")
        _check_kind(signed.headers(), claims)
        _check_registered(claims, issuer_of_key)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken(type(error).__name__) from error
    return find_bearer(claims)


def _verify_signature(token: str) -> tuple[jws.CompactSignature, Any]:
    """Return what was signed, and which issuer the key says it is for, if it says so."""
    keys = _keys.get()
    try:
        signed = _verify_with(keys, token)
    except (InvalidKeyIdError, BadSignatureError):  # of a key that was rotated in, perhaps
        keys = _keys.get(fresh=True)
        signed = _verify_with(keys, token)
    return signed, guess_key(keys, signed, use="sig").get("issuer")


def _verify_with(keys: KeySet, token: str) -> jws.CompactSignature:
    return jws.deserialize_compact(token, keys, registry=_REGISTRY)


def _check_kind(header: dict[str, Any], claims: dict[str, Any]) -> None:
    if "crit" in header:  # it names extensions that must be understood, and none is
        raise InvalidToken("crit")
    if header.get("typ", "jwt").lower().removeprefix("application/") not in _TYPES:
        raise InvalidToken("typ")
    for name, kind in _KINDS.items():
        if claims.get(name, kind) != kind:
            raise InvalidToken(name)


def _check_registered(claims: dict[str, Any], issuer_of_key: Any) -> None:
    issuer = configured = os.environ["JWT_ISSUER"]
    if TENANT_IN_ISSUER in configured:
        issuer = configured.replace(TENANT_IN_ISSUER, find_tenant(claims))
        # Some of Microsoft's keys are for one tenant only.
        if issuer_of_key and issuer_of_key not in (configured, issuer):
            raise InvalidToken("the key is for another issuer")
    expected: dict[str, ClaimsOption] = {
        "iss": {"essential": True, "value": issuer},
        "exp": {"essential": True},
        os.environ["AUDIENCE_CLAIM"]: {"essential": True, "values": os.environ["JWT_AUDIENCE"].split(",")},
    }
    JWTClaimsRegistry(None, CLOCK_SKEW_SECONDS, **expected).validate(claims)
