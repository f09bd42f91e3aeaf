"""A local identity provider: one key, its public half as a JWK set, and the tokens that it signs."""

import json
import time
import uuid
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from streamer.local.errors import LocalError
from streamer.local.state import write_private

ISSUER = "streamer-dev"
AUDIENCE = "streamer"

_KEY_FILE = "signing_key.json"
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

    A negative life gives a token that has expired. Raises LocalError where the runner has not made its key.
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
