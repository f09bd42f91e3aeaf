"""The local identity provider."""

import json
import stat
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from streamer.local import identity
from streamer.local.errors import LocalError


def test_tokens_verify_with_the_published_keys_across_restarts(tmp_path: Path) -> None:
    identity.make_key(tmp_path / "state")
    token = identity.mint(tmp_path / "state", "acme", "ada", 60)
    keys = KeySet.import_key_set(json.loads(identity.jwk_set(tmp_path / "state")))
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    claims = decoded.claims
    assert (claims["sub"], claims["tenant_id"]) == ("ada", "acme")
    assert (claims["iss"], claims["aud"]) == (identity.ISSUER, identity.AUDIENCE)
    assert claims["exp"] - claims["iat"] == 60
    assert claims["jti"]
    assert claims["permissions"] == ""
    assert decoded.header["kid"] == keys.keys[0].kid


def test_a_token_has_the_permissions_that_it_is_given(tmp_path: Path) -> None:
    identity.make_key(tmp_path)
    token = identity.mint(tmp_path, "acme", "ada", 60, permissions="jobs:cancel reports:write")
    claims = jwt.decode(token, identity.signing_key(tmp_path), algorithms=["RS256"]).claims
    assert claims["permissions"] == "jobs:cancel reports:write"


def test_no_private_part_is_published(tmp_path: Path) -> None:
    identity.make_key(tmp_path)
    (key,) = json.loads(identity.jwk_set(tmp_path))["keys"]
    assert key.keys() == {"kty", "use", "alg", "kid", "n", "e"}


def test_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    identity.make_key(tmp_path)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a66_a_token_has_the_claims_that_the_template_asks_for(tmp_path: Path) -> None:
    identity.make_key(tmp_path)
    parameters = {
        "JwtIssuer": "https://issuer.example/{tenantid}",
        "JwtAudience": "app-1,app-2",
        "AudienceClaim": "client_id",
        "TenantClaim": "https://streamer.example/tenant",
        "UserClaim": "oid",
        "PermissionsClaim": "scp",
        "StageName": "of no token",
    }
    identity.remember_shape(tmp_path, parameters)
    token = identity.mint(tmp_path, "acme", "ada", -5, permissions="jobs:cancel")
    claims = jwt.decode(token, identity.signing_key(tmp_path), algorithms=["RS256"]).claims
    assert claims["exp"] < claims.pop("iat")
    del claims["exp"], claims["jti"]
    assert claims == {
        "sub": "ada",
        "iss": "https://issuer.example/acme",
        "client_id": "app-1",
        "https://streamer.example/tenant": "acme",
        "oid": "ada",
        "scp": "jobs:cancel",
    }


def test_a_template_without_those_parameters_gets_the_usual_claims(tmp_path: Path) -> None:
    identity.make_key(tmp_path)
    identity.remember_shape(tmp_path, {"JwtIssuer": "another"})
    claims = jwt.decode(identity.mint(tmp_path, "acme", "ada", 5), identity.signing_key(tmp_path)).claims
    assert (claims["iss"], claims["aud"], claims["tenant_id"]) == ("another", identity.AUDIENCE, "acme")


def test_a_shape_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    identity.make_key(tmp_path)
    (tmp_path / "token_shape.json").write_text('{"JwtIssuer"')
    with pytest.raises(LocalError, match="remove it"):
        identity.mint(tmp_path, "acme", "ada", 60)


def test_a_key_is_kept(tmp_path: Path) -> None:
    identity.make_key(tmp_path)
    first = identity.jwk_set(tmp_path)
    identity.make_key(tmp_path)
    assert identity.jwk_set(tmp_path) == first


def test_without_a_runners_key_no_token_is_made(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="There is no runner's key in"):
        identity.mint(tmp_path, "acme", "ada", 60)
    assert not list(tmp_path.iterdir())


def test_a_key_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "signing_key.json").write_text('{"kty": "RSA"')
    with pytest.raises(LocalError, match="remove it for a new one"):
        identity.mint(tmp_path, "acme", "ada", 60)
