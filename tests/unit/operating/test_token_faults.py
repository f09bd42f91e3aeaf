"""The doctor refuses a token exactly where the authorizer does, and says what of it is wrong."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwk

from router import key_set, tokens
from streamer.operating.doctor.token_check import fetch
from streamer.operating.doctor.token_faults import faults
from tests.support.identity_provider import (
    EC,
    ISSUER,
    RSA,
    IdentityProvider,
    claims,
    environment,
    is_refused,
    sign,
)

STRANGER = jwk.RSAKey.generate_key(2048, {"kid": "stranger"})
IMPOSTOR = jwk.RSAKey.generate_key(2048, {"kid": "one"})
NOW = int(time.time())


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityProvider]:
    started = IdentityProvider()
    given = environment(JwksUrl=started.url, JwtIssuer=ISSUER, AllowedTenants="acme,globex")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tokens, "_keys", key_set.Keys())
    yield started
    started.close()


TOKENS: list[tuple[str, str, str]] = [
    ("the usual one", sign(claims()), ""),
    ("the other key", sign(claims(), EC, "ES256"), ""),
    ("another scheme", f"Bearer {sign(claims())}", ""),
    ("no kid", sign(claims(), kid=None), ""),
    ("two audiences", sign(claims(aud=["other", "streamer"])), ""),
    ("a list of one tenant", sign(claims(tenant_id=["acme"])), ""),
    ("within the skew", sign(claims(exp=NOW - 1)), ""),
    ("no token", "hello", "no JWT"),
    ("not objects", sign(b"[]"), "no JWT"),
    ("issuer", sign(claims(iss="https://other.example")), "iss"),
    ("no issuer", sign(claims(iss=None)), "iss"),
    ("audience", sign(claims(aud="another")), "aud"),
    ("no audience", sign(claims(aud=None)), "aud"),
    ("expired", sign(claims(exp=NOW - 3600)), "exp"),
    ("never expires", sign(claims(exp=None)), "exp"),
    ("expires too late", sign(claims(exp=2**60)), "exp"),
    ("not yet", sign(claims(nbf=NOW + 3600)), "nbf"),
    ("from tomorrow", sign(claims(iat=NOW + 3600)), "iat"),
    ("unknown key", sign(claims(), STRANGER), "no key"),
    ("key's name taken", sign(claims(), IMPOSTOR), "signature"),
    ("algorithm", sign(claims(), alg="RS512"), "signed otherwise"),
    ("none", sign(claims(), alg="none"), "signed otherwise"),
    ("critical", sign(claims(), crit=["x"], x=1), "crit"),
    ("an id token", sign(claims(token_use="id")), "no access token"),
    ("a refresh token", sign(claims(typ="Refresh")), "no access token"),
    ("another kind", sign(claims(), typ="dpop+jwt"), "no access token"),
    ("no tenant", sign(claims(tenant_id=None)), "no tenant"),
    ("two tenants", sign(claims(tenant_id=["acme", "globex"])), "no tenant"),
    ("a tenant with a slash", sign(claims(tenant_id="a/b")), "no tenant"),
    ("no user", sign(claims(sub=None)), "no user"),
    ("a number as user", sign(claims(sub=5)), "no user"),
    ("permissions", sign(claims(permissions={"a": 1})), "permissions"),
]


@pytest.mark.parametrize(("token", "said"), [each[1:] for each in TOKENS], ids=[each[0] for each in TOKENS])
def test_the_doctor_refuses_what_the_authorizer_refuses(
    token: str, said: str, provider: IdentityProvider
) -> None:
    keys, reason = fetch(provider.url)
    assert reason == ""
    found = list(faults(token, os.environ, keys, time.time()))
    assert bool(found) == is_refused(token)
    assert any(said in each.problem for each in found) or not said


def test_all_that_is_wrong_is_told_at_once(provider: IdentityProvider) -> None:
    token = sign(claims(iss="x", aud="y", exp=NOW - 99, tenant_id="initech", sub=""), STRANGER)
    found = faults(token, os.environ, fetch(provider.url)[0], time.time())
    whys = [each.problem.partition(": ")[2] for each in found]
    assert whys == [
        "no key of the provider's has signed it",
        "its iss is not good",
        "its exp is not good",
        "its aud is not good",
        "its tenant is not allowed",
        "it names no user",
    ]


def test_evidence_says_what_is_and_what_is_wanted(provider: IdentityProvider) -> None:
    def only(**changes: Any) -> Any:
        (found,) = faults(sign(claims(**changes)), os.environ, fetch(provider.url)[0], time.time())
        return found

    assert only(aud="another").evidence == "its aud is 'another', one of ['streamer'] is wanted"
    assert "JwtAudience" in only(aud="another").mend
    assert only(iss="x").evidence == f"its iss is 'x', '{ISSUER}' is wanted"


def test_a_key_for_another_issuer(provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_ISSUER", "https://login.example/{tenantid}")
    provider.keys = []
    provider.publish(RSA, issuer="https://login.example/globex")
    keys, _ = fetch(provider.url)
    for tenant, good in (("globex", True), ("acme", False)):
        token = sign(claims(tenant_id=tenant, iss=f"https://login.example/{tenant}"))
        found = [each.problem for each in faults(token, os.environ, keys, time.time())]
        assert found == ([] if good else ["The token is refused: its key is for another issuer"])
        assert is_refused(token) is not good
