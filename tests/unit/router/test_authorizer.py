"""Tokens, good and forged, through the authorizer; the keys come from a real HTTP server."""

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwk, jws, jwt

from router import authorizer, tokens

KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
EC_KEY = jwk.ECKey.generate_key("P-256", {"kid": "two", "alg": "ES256", "use": "sig"})
ROTATED = jwk.RSAKey.generate_key(2048, {"kid": "three", "alg": "RS256", "use": "sig"})


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[jwk.Key]]:
    keys: list[jwk.Key] = [KEY, EC_KEY]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    monkeypatch.setenv("JWKS_URL", f"http://127.0.0.1:{server.server_port}/keys")
    monkeypatch.setenv("JWT_ISSUER", "https://issuer.example")
    monkeypatch.setenv("JWT_AUDIENCE", "streamer")
    monkeypatch.setenv("ALLOWED_TENANTS", "")
    monkeypatch.setattr(tokens, "_keys", tokens.Keys())
    yield keys
    server.shutdown()
    server.server_close()
    thread.join()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    standard = {
        "sub": "ada",
        "tenant_id": "acme",
        "iss": "https://issuer.example",
        "aud": "streamer",
        "iat": now,
        "exp": now + 60,
        "permissions": ["reports"],
    }
    return {name: value for name, value in (standard | changes).items() if value is not None}


def token(key: jwk.Key = KEY, algorithm: str = "RS256", **changes: Any) -> str:
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims(**changes), key, algorithms=[algorithm])


def event(**parts: Any) -> dict[str, Any]:
    return {"type": "REQUEST", "methodArn": "arn:aws:execute-api:us-east-1:1:a/live/$connect", **parts}


def effect(answer: dict[str, Any]) -> str:
    verdict: str = answer["policyDocument"]["Statement"][0]["Effect"]
    return verdict


def refused(value: str | None) -> None:
    headers = {"Authorization": value} if value else {}
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler(event(headers=headers), None)


def test_a01_a_token_in_the_query(published: list[jwk.Key]) -> None:
    answer = authorizer.handler(event(queryStringParameters={"Authorization": token()}), None)
    assert effect(answer) == "Allow"
    assert answer["context"]["tenant"] == "acme"
    assert answer["context"]["user"] == "ada"
    assert answer["context"]["permissions"] == "reports"
    assert answer["context"]["token_expires_at"] > time.time()


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer "])
def test_a02_a_token_in_the_header(name: str, scheme: str, published: list[jwk.Key]) -> None:
    assert effect(authorizer.handler(event(headers={name: scheme + token()}), None)) == "Allow"


@pytest.mark.parametrize("form", ["{}", "streamer, {}", "{},streamer"])
def test_a02_a_token_as_subprotocol(form: str, published: list[jwk.Key]) -> None:
    headers = {"Sec-WebSocket-Protocol": form.format(token())}
    assert effect(authorizer.handler(event(headers=headers), None)) == "Allow"


def test_es256_is_accepted_too(published: list[jwk.Key]) -> None:
    assert (
        effect(authorizer.handler(event(headers={"Authorization": token(EC_KEY, "ES256")}), None)) == "Allow"
    )


def test_a03_no_token_is_one_metric(published: list[jwk.Key], capsys: pytest.CaptureFixture[str]) -> None:
    refused(None)
    blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [blob["ConnectionRefused"] for blob in blobs] == [[1.0]]


def _unsigned() -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'kid': 'one'})}.{part(claims())}."


def _signed_with_the_public_key() -> str:
    pem = KEY.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    import hashlib
    import hmac

    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "one"}).encode()).decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).decode().rstrip("=")
    mac = hmac.new(pem, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def test_a04_tokens_that_are_not_good(published: list[jwk.Key]) -> None:
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
        _unsigned(),
        _signed_with_the_public_key(),
        "nonsense",
        "a.b.c",
        "..",
        "é.é.é",
        "Bearer ",
    ):
        refused(bad)


@pytest.mark.parametrize("name", ["sub", "tenant_id", "exp", "iss", "aud"])
def test_a05_a_claim_is_missing(name: str, published: list[jwk.Key]) -> None:
    missing: dict[str, Any] = {name: None}
    refused(token(**missing))


@pytest.mark.parametrize("tenant", ["a#b", "a/b", "", ".", "..", "..\n", "x" * 129, 7, ["a"]])
def test_a05_a_tenant_that_could_be_another(tenant: Any, published: list[jwk.Key]) -> None:
    refused(token(tenant_id=tenant))


@pytest.mark.parametrize(
    ("allowed", "verdict"), [("", "Allow"), ("acme", "Allow"), ("other, acme", "Allow"), ("other", "Deny")]
)
def test_a06_the_allow_list(
    allowed: str,
    verdict: str,
    published: list[jwk.Key],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ALLOWED_TENANTS", allowed)
    assert effect(authorizer.handler(event(headers={"Authorization": token()}), None)) == verdict
    # Not as what an error of the function's is, too: from those two, faults can be told.
    assert (capsys.readouterr().out.count('"TenantRefused":[1.0]') == 1) is (verdict == "Deny")


def _signed(body: str, **header: Any) -> str:
    """Return a token whose body is this text."""
    return jws.serialize_compact({"alg": "RS256", "kid": "one", **header}, body, KEY, ["RS256"])


def _deep(levels: int) -> str:
    return _signed(json.dumps(claims())[:-1] + f', "deep": {"[" * levels}{"]" * levels}}}')


def test_a04_what_only_the_issuer_could_have_written_is_refused_without_a_trace(
    published: list[jwk.Key], capsys: pytest.CaptureFixture[str]
) -> None:
    for bad in (
        token(exp=1e300),
        token(exp=float("inf")),
        token(exp=float("nan")),
        _signed(json.dumps(claims(sub="half \ud83d"))),
        _signed(json.dumps(claims(permissions=["half \ud83d"]))),
        token(permissions={"jobs:cancel": True}),
        token(permissions=["x" * 5000]),
        _deep(100_000),
        _signed(json.dumps(claims()), crit=[]),
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
    given: Any, found: str, published: list[jwk.Key]
) -> None:
    answer = authorizer.handler(event(headers={"Authorization": token(permissions=given)}), None)
    assert answer["context"]["permissions"] == found


def test_keys_that_cannot_be_fetched_again_are_kept_for_a_day(
    published: list[jwk.Key],
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
    with pytest.raises(urllib.error.URLError):  # API Gateway answers 500
        connect()


def test_a_key_that_was_rotated_in_is_fetched(
    published: list[jwk.Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert effect(authorizer.handler(event(headers={"Authorization": token()}), None)) == "Allow"
    published.append(ROTATED)
    refused(token(ROTATED))  # fetched a moment ago: a flood of bad tokens must not become one of fetches
    monkeypatch.setattr(tokens, "SECONDS_BETWEEN_FETCHES", 0)
    assert effect(authorizer.handler(event(headers={"Authorization": token(ROTATED)}), None)) == "Allow"
