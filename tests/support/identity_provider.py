"""An identity provider as an HTTP server of our own, and the authorizer as the template configures it."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwk, jws
from joserfc.util import urlsafe_b64encode

from router import authorizer
from streamer.local.cloudformation import parameters
from streamer.local.cloudformation.resources import Stack
from tests.support.stack import template

METHOD = "arn:aws:execute-api:us-east-1:1:a/live/$connect"
ISSUER = "https://issuer.example"
RSA = jwk.RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
EC = jwk.ECKey.generate_key("P-256", {"kid": "two", "alg": "ES256", "use": "sig"})


class IdentityProvider:
    """Publishes `keys`, or `body` in place of them. `asked` counts requests by path."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [dict(key.as_dict(private=False)) for key in (RSA, EC)]
        self.asked: Counter[str] = Counter()
        self.body: bytes | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked[self.path] += 1
                body = outer.body if outer.body is not None else json.dumps({"keys": outer.keys}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/keys"

    def publish(self, key: jwk.Key, **changes: Any) -> None:
        """Publish another key, or what claims to be one."""
        self.keys.append({**key.as_dict(private=False), **changes})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def environment(**given: str) -> dict[str, str]:
    """Return the authorizer's environment under these parameters of the template, which must allow them."""
    parameters.check(template()["Parameters"], given)
    functions = dict(Stack(template(), given).of("AWS::Lambda::Function"))
    variables = functions["AuthorizerFunction"]["Environment"]["Variables"]
    return {name: str(value) for name, value in variables.items()}


def claims(**changes: Any) -> dict[str, Any]:
    """Return what the usual token says, with these changes; None leaves a claim out."""
    now = int(time.time())
    usual = {
        "sub": "ada",
        "tenant_id": "acme",
        "iss": ISSUER,
        "aud": "streamer",
        "iat": now,
        "exp": now + 3600,  # some are signed when tests are collected, long before they run
        "permissions": ["reports"],
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def sign(payload: dict[str, Any] | bytes, key: jwk.Key = RSA, algorithm: str = "RS256", **header: Any) -> str:
    """Return a JWS of the payload, whatever it and the header say. None leaves a name out of the header."""
    named = {"alg": algorithm, "typ": "JWT", "kid": key.kid} | header
    kept = {name: value for name, value in named.items() if value is not None}
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    parts = [urlsafe_b64encode(json.dumps(kept).encode()), urlsafe_b64encode(body)]
    signature = jws.JWSRegistry.algorithms[algorithm].sign(b".".join(parts), key)
    return b".".join([*parts, urlsafe_b64encode(signature)]).decode()


def connect(token: str) -> dict[str, Any]:
    """Return the authorizer's answer to a token in the header."""
    return authorizer.handler({"methodArn": METHOD, "headers": {"Authorization": token}}, None)


def is_refused(token: str) -> bool:
    """Whether the authorizer answers 401; what it fails with otherwise, it raises."""
    try:
        connect(token)
    except Exception as error:
        if str(error) != "Unauthorized":
            raise
        return True
    return False
