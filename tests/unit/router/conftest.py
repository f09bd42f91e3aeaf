"""An identity provider for the authorizer's tests."""

from collections.abc import Iterator

import pytest

from router import key_set, tokens
from tests.support.identity_provider import ISSUER, IdentityProvider, environment


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityProvider]:
    """One that is up, and an authorizer that has not asked it yet."""
    started = IdentityProvider()
    for name, value in environment(JwksUrl=started.url, JwtIssuer=ISSUER).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tokens, "_keys", key_set.Keys())
    yield started
    started.close()
