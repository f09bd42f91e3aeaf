"""Of everything that is wrong with a token, what: signature, issuer, audience, claims.

It holds to what the authorizer holds to (functions/router/tokens.py); a test compares the two.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, guess_key
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode

from streamer.operating.doctor.finding import Finding

ALGORITHMS = ["RS256", "ES256"]
SKEW_SECONDS = 5
TENANT_IN_ISSUER = "{tenantid}"
_TENANT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}")
_PARAMETER = {"aud": "JwtAudience", "client_id": "JwtAudience", "iss": "JwtIssuer"}
_LATEST_EXPIRY = 2**53
ASK = "Ask the identity provider for another kind of token, or change the parameter"


def faults(text: str, variables: Mapping[str, str], keys: list[Key], now: float) -> Iterator[Finding]:
    """Yield all that is wrong with a token, for an authorizer of these `variables`, at `now` in seconds."""
    text = text.strip().partition(" ")[2].strip() if text.lower().startswith("bearer ") else text.strip()
    try:
        head, body, _ = text.split(".")
        header, claims = (json.loads(urlsafe_b64decode(part.encode())) for part in (head, body))
        if not (isinstance(header, dict) and isinstance(claims, dict)):
            raise ValueError("not objects")
    except (ValueError, RecursionError):
        yield _refused(
            "it is no JWT", "three parts of base64url are wanted, the first two of them JSON objects"
        )
        return
    yield from _signature(text, header, keys, variables, _issuer(variables, claims))
    yield from _kind(header, claims)
    yield from _claims(variables, claims, now)
    yield from _bearer(variables, claims)


def _issuer(variables: Mapping[str, str], claims: dict[str, Any]) -> str:
    return variables["JWT_ISSUER"].replace(TENANT_IN_ISSUER, str(_tenant(variables, claims)))


def _tenant(variables: Mapping[str, str], claims: dict[str, Any]) -> Any:
    tenant = claims.get(variables["TENANT_CLAIM"])
    return tenant[0] if isinstance(tenant, list) and len(tenant) == 1 else tenant


def _signature(
    text: str, header: dict[str, Any], keys: list[Key], variables: Mapping[str, str], issuer: str
) -> Iterator[Finding]:
    if "crit" in header:
        yield _refused("its header has crit", f"{header['crit']!r}: extensions that are not understood")
    if header.get("alg") not in ALGORITHMS:
        yield _refused(
            "it is signed otherwise", f"its alg is {header.get('alg')!r}; RS256 and ES256 are taken"
        )
        return
    known = [key.kid for key in keys]
    if "kid" in header and header["kid"] not in known:
        evidence = (
            f"its kid is {header['kid']!r}, the provider publishes {', '.join(map(repr, known)) or 'none'}"
        )
        yield Finding(
            "The token is refused: no key of the provider's has signed it",
            evidence,
            "See that JwksUrl is of the provider that issues it; keys that are rotated in are taken in 10 s.",
        )
        return
    try:
        registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        signed = jws.deserialize_compact(text, KeySet(keys), registry=registry)
        of_key = guess_key(KeySet(keys), signed, use="sig").get("issuer")
    except (JoseError, ValueError, TypeError) as error:
        yield _refused(
            "its signature is not good", f"{type(error).__name__} with the key {header.get('kid')!r}"
        )
        return
    configured = variables["JWT_ISSUER"]
    if TENANT_IN_ISSUER in configured and of_key and of_key not in (configured, issuer):
        yield _refused("its key is for another issuer", f"{of_key!r}, not {issuer!r}", "JwtIssuer")


def _kind(header: dict[str, Any], claims: dict[str, Any]) -> Iterator[Finding]:
    typ = header.get("typ", "jwt")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in {"jwt", "at+jwt"}:
        yield _refused("it is no access token", f"its header's typ is {typ!r}")
    for name, kind in (("token_use", "access"), ("typ", "Bearer")):
        if claims.get(name, kind) != kind:
            yield _refused("it is no access token", f"its claim {name} is {claims[name]!r}, not {kind!r}")


def _claims(variables: Mapping[str, str], claims: dict[str, Any], now: float) -> Iterator[Finding]:
    issuer = _issuer(variables, claims)
    audiences = variables["JWT_AUDIENCE"].split(",")
    expected: dict[str, ClaimsOption] = {
        "iss": {"essential": True, "value": issuer},
        "exp": {"essential": True},
        "nbf": {},
        "iat": {},
        variables["AUDIENCE_CLAIM"]: {"essential": True, "values": audiences},
    }
    wanted = {"iss": repr(issuer), variables["AUDIENCE_CLAIM"]: f"one of {audiences}"}
    for name, option in expected.items():
        told = {name: claims[name]} if name in claims else {}
        try:
            JWTClaimsRegistry(int(now), SKEW_SECONDS, **{name: option}).validate(told)
        except (JoseError, ValueError, TypeError) as error:
            if name in wanted:
                evidence = f"its {name} is {claims.get(name)!r}, {wanted[name]} is wanted"
            else:
                evidence = f"its {name} is {claims.get(name)!r}, now is {int(now)}: {error}"
            yield _refused(f"its {name} is not good", evidence, _PARAMETER.get(name, ""))
    rest = {name: value for name, value in claims.items() if name not in expected}
    try:  # what else is registered, such as sub and jti
        JWTClaimsRegistry(int(now), SKEW_SECONDS).validate(rest)
    except (JoseError, ValueError, TypeError) as error:
        yield _refused("a claim of it is not good", str(error))
    expiry = claims.get("exp", 0)
    if isinstance(expiry, (int, float)) and not expiry < _LATEST_EXPIRY:
        yield _refused("its exp is not good", f"{expiry!r} is no time that can be kept")


def _bearer(variables: Mapping[str, str], claims: dict[str, Any]) -> Iterator[Finding]:
    name = variables["TENANT_CLAIM"]
    tenant = _tenant(variables, claims)
    allowed = variables.get("ALLOWED_TENANTS", "").replace(" ", "")
    if not (isinstance(tenant, str) and _TENANT.fullmatch(tenant)):
        evidence = f"its {name} is {claims.get(name)!r}; it has {', '.join(sorted(claims))}"
        yield _refused("it names no tenant", evidence, "TenantClaim")
    elif allowed and tenant not in allowed.split(","):
        yield _refused("its tenant is not allowed", f"{tenant!r} is none of {allowed}", "AllowedTenants")
    user: Any = claims.get(variables["USER_CLAIM"])
    if not (isinstance(user, str) and 0 < len(user) <= 256):
        evidence = f"its {variables['USER_CLAIM']} is {user!r}; it has {', '.join(sorted(claims))}"
        yield _refused("it names no user", evidence, "UserClaim")
    name = variables["PERMISSIONS_CLAIM"]
    given: Any = claims.get(name)
    names = given.split() if isinstance(given, str) else given or []
    texts = isinstance(names, list) and all(isinstance(each, str) for each in names)
    if not texts or len(" ".join(names)) > 4096:
        evidence = f"its {name} is no list of texts, or has more than 4,096 characters"
        yield _refused("its permissions are not usable", evidence, "PermissionsClaim")


def _refused(why: str, evidence: str, parameter: str = "") -> Finding:
    another = f"{ASK} {parameter} (docs/identity.md)." if parameter else ""
    mend = another or "Ask the identity provider for a new token."
    return Finding(f"The token is refused: {why}", evidence, mend)
