"""A local identity provider: one key, its public half as a JWK set, and the tokens that it signs."""

import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from streamer.local.errors import LocalError
from streamer.local.state import write_private

ISSUER = "streamer-dev"
AUDIENCE = "streamer"

_KEY_FILE = "signing_key.json"
_SHAPE_FILE = "token_shape.json"
# The template's parameters that say what a token looks like, as they are in a template without them.
_SHAPE = {
    "JwtIssuer": ISSUER,
    "JwtAudience": AUDIENCE,
    "AudienceClaim": "aud",
    "TenantClaim": "tenant_id",
    "UserClaim": "sub",
    "PermissionsClaim": "permissions",
}
_KEY_BITS = 2048


def signing_key(state_dir: Path) -> RSAKey:
    """Return the key that `make_key` left in `state_dir`. Raises LocalError where there is none."""
    path = state_dir / _KEY_FILE
    try:
        return RSAKey.import_key(json.loads(path.read_text()))
    except FileNotFoundError:
        hint = "`streamer dev` makes it; start it first, or name its folder with --state-dir"
        raise LocalError(f"There is no runner's key in {state_dir}: {hint}.") from None
    except (OSError, ValueError, JoseError) as error:
        raise LocalError(f"{path} is no key that can be read; remove it for a new one.") from error


def make_key(state_dir: Path) -> None:
    """Put a key into `state_dir`, readable by its owner only, unless there is one. Raises LocalError."""
    if not (state_dir / _KEY_FILE).exists():
        key = RSAKey.generate_key(_KEY_BITS, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        write_private(state_dir / _KEY_FILE, json.dumps(key.as_dict(private=True)))


def jwk_set(state_dir: Path) -> bytes:
    """Return the public key as the JSON text of a JWK set. Raises LocalError where there is none."""
    return json.dumps({"keys": [signing_key(state_dir).as_dict(private=False)]}).encode()


def remember_shape(state_dir: Path, parameters: Mapping[str, str]) -> None:
    """Have `mint` make tokens as these parameters of the template want them. Raises LocalError."""
    shape = {name: parameters.get(name, default) for name, default in _SHAPE.items()}
    write_private(state_dir / _SHAPE_FILE, json.dumps(shape))


def mint(state_dir: Path, tenant: str, user: str, expires_in_seconds: float, permissions: str = "") -> str:
    """Return an RS256 token for `user` of `tenant`, with `permissions`: names with spaces between them.

    A negative life gives a token that has expired. Raises LocalError where the runner has not made its key.
    """
    key, shape, now = signing_key(state_dir), _shape(state_dir), int(time.time())
    claims = {
        "sub": user,
        "iss": shape["JwtIssuer"].replace("{tenantid}", tenant),
        "iat": now,
        "exp": now + int(expires_in_seconds),
        "jti": str(uuid.uuid4()),
        shape["AudienceClaim"]: shape["JwtAudience"].partition(",")[0],
        shape["PermissionsClaim"]: permissions,
        shape["UserClaim"]: user,
        shape["TenantClaim"]: tenant,
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


def _shape(state_dir: Path) -> dict[str, str]:
    path = state_dir / _SHAPE_FILE
    try:
        return {**_SHAPE, **json.loads(path.read_text())}
    except FileNotFoundError:
        return _SHAPE
    except (OSError, ValueError, TypeError) as error:
        raise LocalError(f"{path} cannot be read; remove it, and start `streamer dev` again.") from error
