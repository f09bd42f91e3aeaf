"""RFC 8725, section by section, as it concerns who receives tokens; and when keys are fetched."""

import base64
import hashlib
import hmac
import json
import time
import warnings
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwe, jwk

from router import key_set
from tests.support.identity_provider import (
    EC,
    ISSUER,
    RSA,
    IdentityProvider,
    claims,
    connect,
    environment,
    is_refused,
    sign,
)

ANOTHER = jwk.RSAKey.generate_key(2048, {"kid": "three"})


@pytest.fixture(autouse=True)
def _the_usual_token_is_good(provider: IdentityProvider) -> None:
    """So that what a test refuses is refused for what the test changes."""
    assert connect(sign(claims()))["context"]["user"] == "ada"


def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the next token's keys fetched, however lately they were."""
    monkeypatch.setattr("router.tokens._keys", key_set.Keys())


# 3.1 Perform algorithm verification, 3.2 use appropriate algorithms


@pytest.mark.parametrize(
    "algorithm", ["RS384", "RS512", "PS256", "ES384", "HS256", "EdDSA", "none", "None", "", None]
)
def test_a66_3_1_no_other_algorithm_is_taken(algorithm: Any, provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(), alg=algorithm))


def test_a66_3_1_other_algorithms_are_not_taken_with_fit_signatures_either(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = jwk.OctKey.generate_key(256, {"kid": "secret"})
    ed = jwk.OKPKey.generate_key("Ed25519", {"kid": "ed"})
    large = jwk.ECKey.generate_key("P-384", {"kid": "large"})
    provider.publish(ed)
    provider.publish(large)
    provider.publish(secret, k=secret.as_dict()["k"])
    anew(monkeypatch)
    signatures: list[tuple[jwk.Key, str]] = [
        (secret, "HS256"),
        (ed, "EdDSA"),
        (large, "ES384"),
        (RSA, "RS512"),
        (RSA, "PS256"),
    ]
    for key, algorithm in signatures:
        assert is_refused(sign(claims(), key, algorithm))
    assert not is_refused(sign(claims(), EC, "ES256"))


def test_a66_3_1_a_public_key_is_no_secret(provider: IdentityProvider) -> None:
    pem = RSA.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = sign(claims(), alg="HS256").rpartition(".")[0]
    for secret in (pem, pem.strip(), json.dumps(provider.keys[0]).encode()):
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        assert is_refused(f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


def test_a66_3_1_without_a_signature_nothing_is_signed(provider: IdentityProvider) -> None:
    for kid in ("one", None):
        assert is_refused(sign(claims(), algorithm="none", kid=kid))
    assert is_refused(sign(claims()).rpartition(".")[0] + ".")


@pytest.mark.parametrize(
    "said", [{"alg": "RS512"}, {"alg": "RSA-OAEP", "use": "enc"}, {"use": "enc"}, {"key_ops": ["encrypt"]}]
)
def test_a66_3_1_a_key_serves_for_what_it_says(
    said: dict[str, Any], provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.publish(ANOTHER, **said)
    anew(monkeypatch)
    assert is_refused(sign(claims(), ANOTHER))
    provider.keys[-1] = dict(ANOTHER.as_dict(private=False))
    anew(monkeypatch)
    assert not is_refused(sign(claims(), ANOTHER))


# 3.3 Validate all cryptographic operations, 3.6 no compression


def test_a66_3_3_a_signature_is_of_every_byte(provider: IdentityProvider) -> None:
    head, body, signature = sign(claims()).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(claims(tenant_id="globex")).encode()).decode().rstrip("=")
    for bad in (f"{head}.{forged}.{signature}", f"{head}.{body}.{signature[:-8]}", f"{head}..{signature}"):
        assert is_refused(bad)
    for sign_of_base64 in ("=", "\n", "é", "."):
        assert is_refused(f"{head}.{body}.{signature}{sign_of_base64}")


def test_a66_3_6_what_is_encrypted_or_compressed_is_not_even_unpacked(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(*_: Any, **__: Any) -> None:
        raise AssertionError("unpacked")

    provider.publish(ANOTHER)
    anew(monkeypatch)
    protected = {"alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF", "kid": "three"}
    bomb = jwe.encrypt_compact(protected, b" " * 100_000, ANOTHER)
    monkeypatch.setattr(zlib, "decompressobj", unpack)
    monkeypatch.setattr(zlib, "decompress", unpack)
    assert is_refused(bomb)
    assert is_refused(sign(zlib.compress(json.dumps(claims()).encode()), zip="DEF"))
    assert is_refused(sign(sign(claims()).encode(), cty="JWT"))


# 3.4 Validate cryptographic inputs, 3.5 ensure that keys have sufficient entropy


def _weak() -> jwk.RSAKey:
    with warnings.catch_warnings(action="ignore"):
        return jwk.RSAKey.generate_key(1024, {"kid": "weak"})


def test_a66_3_5_a_weak_key_is_none(provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = _weak()
    provider.publish(weak)
    anew(monkeypatch)
    assert is_refused(sign(claims(), weak))
    assert not is_refused(sign(claims()))


@pytest.mark.parametrize(
    "broken",
    [
        {"kty": "EC", "crv": "P-256", "x": EC.as_dict()["x"], "y": EC.as_dict()["x"]},  # beside the curve
        {"kty": "EC", "crv": "P-257", "x": "AA", "y": "AA"},
        {"kty": "RSA", "n": RSA.as_dict()["n"], "e": "AQ"},  # an exponent of 1 signs everything
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "n": 7, "e": []},
        {"kty": "RSA", "use": "???", "key_ops": ["sign"], "n": RSA.as_dict()["n"], "e": "AQAB"},
        {"kty": "RSA"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},  # a kind that is newer than we are
        {"kty": None},
        {},
        [],
        "key",
        None,
    ],
)
def test_a66_3_4_a_broken_key_spoils_no_other(
    broken: Any, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.keys.insert(0, broken)
    anew(monkeypatch)
    assert not is_refused(sign(claims()))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"keys": []}', b'{"keys": 7}', b'{"keys": [{}]}', b"\xff"]
)
def test_a66_a_provider_without_keys_is_our_trouble_and_not_the_tokens(
    body: bytes, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.body = body
    anew(monkeypatch)
    with pytest.raises(key_set.NoKeys):  # API Gateway answers 500
        connect(sign(claims()))


# 3.7 Use UTF-8


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"])
def test_a66_3_7_claims_are_utf_8(encoding: str, provider: IdentityProvider) -> None:
    text = json.dumps(claims(sub="é"), ensure_ascii=False)
    assert not is_refused(sign(text.encode()))
    assert is_refused(sign(text.encode(encoding)))


@pytest.mark.parametrize("payload", [b"[]", b"7", b'"text"', b"null", b"", b"{", b'{"sub"'])
def test_a66_what_is_no_object_has_no_claims(payload: bytes, provider: IdentityProvider) -> None:
    assert is_refused(sign(payload))


# 3.8 Validate issuer and subject, 3.9 use and validate audience


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", ISSUER.upper(), "", None, [ISSUER], {"a": ISSUER}])
def test_a66_3_8_an_issuer_is_ours_to_the_letter(issuer: Any, provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(iss=issuer)))


@pytest.mark.parametrize("subject", ["", None, 7, ["ada"], "x" * 257])
def test_a66_3_8_a_token_speaks_of_somebody(subject: Any, provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(sub=subject)))


@pytest.mark.parametrize(
    ("audience", "refused"),
    [
        ("streamer", False),
        (["another", "streamer"], False),
        ("Streamer", True),
        ("streamer,another", True),
        (["another"], True),
        ([], True),
        (["streamer", 7], True),
        ({"streamer": True}, True),
        (None, True),
    ],
)
def test_a66_3_9_an_audience_is_ours(audience: Any, refused: bool, provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(aud=audience))) is refused


def test_a66_3_9_one_claim_says_the_audience_and_no_other(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_refused(sign(claims(aud="another", client_id="streamer")))
    for name, value in environment(
        JwksUrl=provider.url, JwtIssuer=ISSUER, AudienceClaim="client_id", JwtAudience="web,streamer"
    ).items():
        monkeypatch.setenv(name, value)
    assert is_refused(sign(claims()))
    assert is_refused(sign(claims(client_id="another")))
    assert not is_refused(sign(claims(client_id="streamer", aud=None)))


# 3.10 Do not trust received claims


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_a66_3_10_a_token_does_not_say_where_its_key_is(name: str, provider: IdentityProvider) -> None:
    elsewhere = provider.url.replace("/keys", "/elsewhere")
    header: dict[str, Any] = {name: elsewhere}
    assert is_refused(sign(claims(), ANOTHER, **header))
    connect(sign(claims(), **header))
    assert list(provider.asked) == ["/keys"]


def test_a66_3_10_a_token_does_not_bring_its_key(provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(), ANOTHER, jwk=dict(ANOTHER.as_dict(private=False))))
    assert is_refused(sign(claims(), ANOTHER, kid="one", jwk=dict(ANOTHER.as_dict(private=False))))
    assert is_refused(sign(claims(), ANOTHER, kid=None, jwk=dict(ANOTHER.as_dict(private=False))))
    assert is_refused(sign(claims(), ANOTHER, kid="one", x5c=["MIIC"]))


@pytest.mark.parametrize(
    "kid",
    [
        "../../dev/null",
        "/proc/self/environ",
        "' OR 1=1 --",
        "$(id)",
        "http://a/",
        "\x00",
        "é",
        "x" * 300,
        "",
        7,
        True,
        [],
        {},
    ],
)
def test_a66_3_10_a_kid_is_a_name_and_nothing_else(kid: Any, provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(), kid=kid))
    assert list(provider.asked) == ["/keys"]


def test_a66_3_10_one_keys_name_does_not_open_for_another(provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(), ANOTHER, kid="one"))
    assert is_refused(sign(claims(), RSA, kid="two"))
    assert is_refused(sign(claims(), kid=None))  # there are two keys


@pytest.mark.parametrize("crit", [["exp"], ["b64"], ["kid"], [], "kid", 7, None])
@pytest.mark.parametrize("more", [{}, {"b64": False}, {"b64": True}])
def test_a66_what_must_be_understood_is_refused(
    crit: Any, more: dict[str, Any], provider: IdentityProvider
) -> None:
    header = more | ({"crit": crit} if crit is not None else {})
    assert is_refused(sign(claims(), **header)) is (header not in ({}, {"b64": True}))


def test_a_header_may_say_more_than_we_know(provider: IdentityProvider) -> None:
    header: dict[str, Any] = {"pi.atm": "5", "nonce": "n"}
    assert not is_refused(sign(claims(), **header))


# 3.11 Use explicit typing, 3.12 mutually exclusive validation rules for different kinds of JWTs


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT", None])
def test_a66_3_11_types_of_access_tokens(typ: str | None, provider: IdentityProvider) -> None:
    assert not is_refused(sign(claims(), typ=typ))


@pytest.mark.parametrize(
    "typ", ["logout+jwt", "dpop+jwt", "secevent+jwt", "JWE", "JOSE", "text/at+jwt", "", 7, ["JWT"]]
)
def test_a66_3_11_other_types(typ: Any, provider: IdentityProvider) -> None:
    assert is_refused(sign(claims(), typ=typ))


@pytest.mark.parametrize(
    "said",
    [
        {"token_use": "id"},
        {"token_use": "refresh"},
        {"token_use": ["access"]},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"typ": "Logout"},
        {"typ": "DPoP"},
    ],
)
def test_a66_3_12_what_is_for_something_else_is_not_for_this(
    said: dict[str, Any], provider: IdentityProvider
) -> None:
    assert is_refused(sign(claims(**said)))


# Keys


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds on the clock, to be turned; the keys are asked for anew."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr("router.tokens._keys", key_set.Keys())
    return now


def test_a66_an_unknown_kid_fetches_once_in_ten_seconds_for_all(
    provider: IdentityProvider, passed: list[float]
) -> None:
    assert not is_refused(sign(claims()))
    provider.asked.clear()
    for tenth in range(600):  # a minute of it
        passed[0] = 1000 + tenth / 10
        assert is_refused(sign(claims(), ANOTHER, kid=f"unknown-{tenth}"))
        assert is_refused(sign(claims(), ANOTHER, kid="one"))
        if tenth % 50 == 0:
            assert not is_refused(sign(claims()))
    assert provider.asked.total() == 5


def test_a66_no_keys_are_fetched_once_in_ten_seconds_too(
    provider: IdentityProvider, passed: list[float]
) -> None:
    provider.asked.clear()
    provider.body = b'{"keys": []}'
    for second in range(31):
        passed[0] = 1000 + second
        with pytest.raises(key_set.NoKeys):
            connect(sign(claims()))
    assert provider.asked.total() == 3
    provider.body = None
    passed[0] += 10
    assert not is_refused(sign(claims()))


def test_a_key_that_was_rotated_in_is_fetched(provider: IdentityProvider, passed: list[float]) -> None:
    assert not is_refused(sign(claims()))
    provider.publish(ANOTHER)
    assert is_refused(sign(claims(), ANOTHER))  # fetched a moment ago
    passed[0] += 11
    assert not is_refused(sign(claims(), ANOTHER))


def test_a_key_that_took_anothers_name_is_fetched(provider: IdentityProvider, passed: list[float]) -> None:
    assert not is_refused(sign(claims()))
    provider.keys = [{**ANOTHER.as_dict(private=False), "kid": "one"}]
    passed[0] += 11
    assert not is_refused(sign(claims(), ANOTHER, kid="one"))
    assert is_refused(sign(claims()))
