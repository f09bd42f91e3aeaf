"""Tokens, good and forged, through the authorizer; the keys come from a real HTTP server."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from joserfc import jwk

from router import authorizer, key_set
from tests.support.identity_provider import EC, METHOD, RSA, IdentityProvider, claims, sign

ROTATED = jwk.RSAKey.generate_key(2048, {"kid": "three", "alg": "RS256", "use": "sig"})


def token(key: jwk.Key = RSA, algorithm: str = "RS256", **changes: Any) -> str:
    return sign(claims(**changes), key, algorithm)


def event(**parts: Any) -> dict[str, Any]:
    return {"type": "REQUEST", "methodArn": METHOD, **parts}


def effect(answer: dict[str, Any]) -> str:
    verdict: str = answer["policyDocument"]["Statement"][0]["Effect"]
    return verdict


def refused(value: str | None) -> None:
    headers = {"Authorization": value} if value else {}
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler(event(headers=headers), None)


def test_a01_a_token_in_the_query(provider: IdentityProvider) -> None:
    answer = authorizer.handler(event(queryStringParameters={"Authorization": token()}), None)
    assert effect(answer) == "Allow"
    assert answer["context"]["tenant"] == "acme"
    assert answer["context"]["user"] == "ada"
    assert answer["context"]["permissions"] == "reports"
    assert answer["context"]["token_expires_at"] > time.time()


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer "])
def test_a02_a_token_in_the_header(name: str, scheme: str, provider: IdentityProvider) -> None:
    assert effect(authorizer.handler(event(headers={name: scheme + token()}), None)) == "Allow"


@pytest.mark.parametrize("form", ["{}", "streamer, {}", "{},streamer"])
def test_a02_a_token_as_subprotocol(form: str, provider: IdentityProvider) -> None:
    headers = {"Sec-WebSocket-Protocol": form.format(token())}
    assert effect(authorizer.handler(event(headers=headers), None)) == "Allow"


def test_es256_is_accepted_too(provider: IdentityProvider) -> None:
    assert effect(authorizer.handler(event(headers={"Authorization": token(EC, "ES256")}), None)) == "Allow"


def test_a03_no_token_is_one_metric(provider: IdentityProvider, capsys: pytest.CaptureFixture[str]) -> None:
    refused(None)
    blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [blob["ConnectionRefused"] for blob in blobs] == [[1.0]]


def test_a04_tokens_that_are_not_good(provider: IdentityProvider) -> None:
    now = int(time.time())
    foreign = jwk.RSAKey.generate_key(2048, {"kid": "one"})
    for bad in (
        token(exp=now - 60),
        token(nbf=now + 60),
        token(iat=now + 60),
        token(iss="https://other.example"),
        token(aud="other"),
        token(foreign),
        token()[:-4] + "AAAA",
        "nonsense",
        "a.b.c",
        "..",
        "é.é.é",
        "Bearer ",
    ):
        refused(bad)


@pytest.mark.parametrize("name", ["sub", "tenant_id", "exp", "iss", "aud"])
def test_a05_a_claim_is_missing(name: str, provider: IdentityProvider) -> None:
    missing: dict[str, Any] = {name: None}
    refused(token(**missing))


@pytest.mark.parametrize(
    "tenant", ["a#b", "a/b", "", ".", "..", "..\n", "x" * 129, 7, [], ["a", "b"], ["a#b"], [["a"]], {"a": {}}]
)
def test_a05_a_tenant_that_could_be_another(tenant: Any, provider: IdentityProvider) -> None:
    refused(token(tenant_id=tenant))


@pytest.mark.parametrize(
    ("allowed", "verdict"), [("", "Allow"), ("acme", "Allow"), ("other, acme", "Allow"), ("other", "Deny")]
)
def test_a06_the_allow_list(
    allowed: str,
    verdict: str,
    provider: IdentityProvider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ALLOWED_TENANTS", allowed)
    assert effect(authorizer.handler(event(headers={"Authorization": token()}), None)) == verdict
    # Not as what an error of the function's is, too: from those two, faults can be told.
    assert (capsys.readouterr().out.count('"TenantRefused":[1.0]') == 1) is (verdict == "Deny")


def _deep(levels: int) -> str:
    return sign((json.dumps(claims())[:-1] + f', "deep": {"[" * levels}{"]" * levels}}}').encode())


def test_a04_what_only_the_issuer_could_have_written_is_refused_without_a_trace(
    provider: IdentityProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    for bad in (
        token(exp=1e300),
        token(exp=float("inf")),
        token(exp=float("nan")),
        token(sub="half \ud83d"),
        token(permissions=["half \ud83d"]),
        token(permissions={"jobs:cancel": True}),
        token(permissions=["x" * 5000]),
        _deep(100_000),
    ):
        refused(bad)
    # Whether an interpreter reads so deep is its own affair: a claim that nobody asks for harms nobody.
    try:
        answer = authorizer.handler(event(headers={"Authorization": _deep(1200)}), None)
    except Exception as error:
        assert str(error) == "Unauthorized"  # noqa: PT017 - or it is allowed
    else:
        assert effect(answer) == "Allow"
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, ""),
        ("", ""),
        ("jobs:cancel  reports:write", "jobs:cancel reports:write"),
        (["jobs:cancel", "two words", ""], "jobs:cancel"),
    ],
)
def test_permissions_are_names_with_spaces_between_them(
    given: Any, found: str, provider: IdentityProvider
) -> None:
    answer = authorizer.handler(event(headers={"Authorization": token(permissions=given)}), None)
    assert answer["context"]["permissions"] == found


def test_keys_that_cannot_be_fetched_again_are_kept_for_a_day(
    provider: IdentityProvider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    passed, fetches = [1_000_000.0], [0]
    monkeypatch.setattr(time, "monotonic", lambda: passed[0])

    def connect() -> str:
        return effect(authorizer.handler(event(headers={"Authorization": token()}), None))

    assert connect() == "Allow"

    def down(*_: Any, **__: Any) -> None:
        fetches[0] += 1
        raise urllib.error.URLError("down")

    monkeypatch.setattr(urllib.request, "urlopen", down)
    passed[0] += 3 * 3600
    assert [connect() for _ in range(3)] == ["Allow"] * 3
    assert fetches == [1]  # who waits for a provider that is down does not do so for each connection
    refused(token(ROTATED))
    assert capsys.readouterr().out.count('"KeysNotRefreshed":[1.0]') == 1
    assert caplog.text.count("going on with the old ones") == 1
    passed[0] += 22 * 3600
    with pytest.raises(key_set.NoKeys):  # API Gateway answers 500
        connect()
