"""The Lambda authorizer of `$connect`: a JWT becomes an identity, or the handshake is refused."""

import os
from typing import Any

from jobs.counting import count, flushed
from jobs.logger import begin, logger
from router import snapshots, subprotocol
from router.bearer import Bearer, InvalidToken
from router.tokens import verify

# Why a token is refused, where that is worth a count of its own; everything else is TokenInvalid.
_REFUSED = {"no token": "TokenMissing", "ExpiredTokenError": "TokenExpired"}


@flushed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return the policy for a connection; its context is the identity that every later event carries.

    Raises:
        Exception: "Unauthorized", the word by which API Gateway answers 401.
    """
    begin(context)
    try:
        bearer = verify(find_token(event))
    except InvalidToken as error:
        count("ConnectionRefused")
        count(_REFUSED.get(error.reason, "TokenInvalid"))
        logger.info("connection refused", extra={"reason": error.reason})
        # Lambda counts and logs this as an error, as it does with all that is raised; nothing else means 401.
        raise Exception("Unauthorized") from None
    except Exception:
        count("AuthorizerFailed")  # API Gateway answers 500
        raise
    allowed = os.environ["ALLOWED_TENANTS"].replace(" ", "")
    if allowed and bearer.tenant not in allowed.split(","):
        count("TenantRefused")
        logger.info("connection refused", extra={"reason": "tenant not allowed", "tenant": bearer.tenant})
        return _policy("Deny", event["methodArn"], bearer)
    return _policy("Allow", event["methodArn"], bearer)


def find_token(event: dict[str, Any]) -> str:
    """Return the token from the query `Authorization`, that header, or `Sec-WebSocket-Protocol`.

    Browsers cannot set headers: they offer the token as the subprotocol.

    Raises:
        InvalidToken: there is none.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    query = event.get("queryStringParameters") or {}
    token = query.get("Authorization") or headers.get("authorization")
    token = token or next(filter(subprotocol.is_token, subprotocol.offered(event)), "")
    if not token:
        raise InvalidToken("no token")
    scheme, _, rest = token.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else token


def _policy(effect: str, resource: str, bearer: Bearer) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": bearer.user,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {
            "tenant": bearer.tenant,
            "user": bearer.user,
            "permissions": bearer.permissions,
            "token_expires_at": bearer.expires_at,
        },
    }


snapshots.before_snapshot(snapshots.load_logging)
