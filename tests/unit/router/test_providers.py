"""Row 66: tokens as Cognito, Auth0, Entra and Keycloak issue them, under docs/identity.md's own parameters.

Claims, headers and key sets have the shapes that the providers' documentation shows; the signatures are real.
"""

import re
import shlex
import time
from typing import Any

import pytest
from joserfc import jwk

from tests.support.identity_provider import IdentityProvider, connect, environment, is_refused, sign
from tests.support.stack import ROOT

KEY = jwk.RSAKey.generate_key(2048, {"kid": "the-providers"})
NOW = int(time.time())
TIMES = {"iat": NOW, "exp": NOW + 3600}
POOL = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE"
DIRECTORY = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
ANOTHER_DIRECTORY = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
MICROSOFT = "https://login.microsoftonline.com/{tenantid}/v2.0"
USER = "7f8d3c1e-2b4a-4d5e-9f60-718293a4b5c6"

COGNITO = {
    "sub": USER,
    "cognito:groups": ["jobs:cancel"],
    "iss": POOL,
    "version": 2,
    "client_id": "2example23456789",
    "origin_jti": "a1b2c3d4-5678-90ab-cdef-EXAMPLE22222",
    "token_use": "access",
    "scope": "aws.cognito.signin.user.admin openid",
    "auth_time": NOW,
    "jti": "a1b2c3d4-5678-90ab-cdef-EXAMPLE33333",
    "username": "ada",
    "tenant_id": "acme",
    **TIMES,
}
COGNITOS_ID_TOKEN = {
    "sub": USER,
    "cognito:groups": ["jobs:cancel"],
    "email_verified": True,
    "iss": POOL,
    "cognito:username": "ada",
    "nonce": "abcdefg",
    "aud": "2example23456789",
    "token_use": "id",
    "auth_time": NOW,
    "custom:tenant_id": "acme",
    "tenant_id": "acme",
    **TIMES,
}
AUTH0 = {
    "https://streamer.example/tenant_id": "acme",
    "iss": "https://example.eu.auth0.com/",
    "sub": "auth0|6553da60a54af58e29493993",
    "aud": ["https://streamer.example", "https://example.eu.auth0.com/userinfo"],
    "azp": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja",
    "scope": "openid profile email",
    "org_id": "org_9ybsU1dN2dKfDkBi",
    "permissions": ["jobs:cancel"],
    **TIMES,
}
AUTH0S_ID_TOKEN = AUTH0 | {"aud": AUTH0["azp"], "nonce": "n-0S6_WzA2Mj", "name": "Ada"}
ENTRA = {
    "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
    "iss": MICROSOFT.replace("{tenantid}", DIRECTORY),
    "nbf": NOW,
    "aio": "AXQAi/8IAAAAtAaZLo3ChMif6KOnttRB7eBq4/DccQzjcJGxPYy/C3jDaNGxXd6w",
    "azp": "3e74172b-be56-4843-9ff4-e66a39bb12e4",
    "azpacr": "0",
    "name": "Ada Lovelace",
    "oid": USER,
    "preferred_username": "ada@example.com",
    "rh": "I",
    "roles": ["jobs:cancel"],
    "scp": "access_as_user",
    "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
    "tid": DIRECTORY,
    "uti": "fqiBqXLPj0eQa82S-IYFAA",
    "ver": "2.0",
    **TIMES,
}
ENTRAS_ID_TOKEN = ENTRA | {"aud": ENTRA["azp"], "nonce": "12345"}
KEYCLOAK = {
    "jti": "onrtro:8c6c5f0e-8b0b-4d9a-a9a3-0f7a4c6b9f55",
    "iss": "https://id.example.com/realms/example",
    "aud": ["streamer", "account"],
    "sub": USER,
    "typ": "Bearer",
    "azp": "web",
    "sid": "4c0a3a8a-3a47-4f2f-8e89-9e5f9b0a0a0a",
    "acr": "1",
    "allowed-origins": ["https://app.example.com"],
    "realm_access": {"roles": ["default-roles-example", "offline_access"]},
    "resource_access": {"account": {"roles": ["manage-account"]}},
    "scope": "openid email organization:acme profile",
    "organization": ["acme"],
    "permissions": ["jobs:cancel"],
    "preferred_username": "ada",
    **TIMES,
}
KEYCLOAKS_ID_TOKEN = KEYCLOAK | {"typ": "ID", "at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}

SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], tuple[str, str]]] = {
    # A token, more of its header, an ID token, and whom they speak of.
    "Cognito": (COGNITO, {"typ": None}, COGNITOS_ID_TOKEN, ("acme", USER)),
    "Auth0": (AUTH0, {}, AUTH0S_ID_TOKEN, ("acme", "auth0|6553da60a54af58e29493993")),
    "Entra": (ENTRA, {}, ENTRAS_ID_TOKEN, (DIRECTORY, USER)),
    "Keycloak": (KEYCLOAK, {}, KEYCLOAKS_ID_TOKEN, ("acme", USER)),
}


def recipe(name: str) -> dict[str, str]:
    """Return the parameters that the page gives for a provider."""
    section = (ROOT / "docs/identity.md").read_text().split(f"## {name}\n")[1].split("\n## ")[0]
    (command,) = re.findall(r"^make deploy .*?^```", section, re.MULTILINE | re.DOTALL)
    (words,) = [
        word for word in shlex.split(command.strip("`").replace("\\\n", "")) if word.startswith("PARAMETERS=")
    ]
    return dict(each.split("=", 1) for each in words.removeprefix("PARAMETERS=").split())


def configure(name: str, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    """Configure the authorizer by the recipe; only the keys, of the provider's shape, come from elsewhere."""
    parameters = recipe(name) | {"JwksUrl": provider.url} | changes
    for variable, value in environment(**parameters).items():
        monkeypatch.setenv(variable, value)
    key = dict(KEY.as_dict(private=False))
    certified = {
        "use": "sig",
        "x5t": "l8P2zfJPxDXNCvL1t7AAo2ZQmJw",
        "x5c": ["MIIC/TCCAeWgAwIBAgIIUd0NriZIsXkwDQ"],
    }
    shapes: dict[str, list[dict[str, Any]]] = {
        "Cognito": [key | {"alg": "RS256", "use": "sig"}],
        "Auth0": [key | certified | {"alg": "RS256"}],
        "Entra": [key | certified | {"cloud_instance_name": "microsoftonline.com", "issuer": MICROSOFT}],
        "Keycloak": [
            key | {"kid": "of-encryption", "alg": "RSA-OAEP", "use": "enc"},
            key | certified | {"alg": "RS256"},
        ],
    }
    provider.keys = shapes[name]


@pytest.mark.parametrize("name", SHAPES)
def test_a66_a_providers_token_connects_by_parameters_alone(
    name: str, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(name, provider, monkeypatch)
    claims, header, _, (tenant, user) = SHAPES[name]
    answer = connect(sign(claims, KEY, **header))
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert answer["principalId"] == user
    assert answer["context"] == {
        "tenant": tenant,
        "user": user,
        "permissions": "jobs:cancel",
        "token_expires_at": NOW + 3600,
    }


@pytest.mark.parametrize("name", SHAPES)
def test_a66_its_id_token_does_not(
    name: str, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(name, provider, monkeypatch)
    _, header, id_token, _ = SHAPES[name]
    assert is_refused(sign(id_token, KEY, **header))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("claim", ["JwtAudience", "JwtIssuer"])
def test_a66_nor_does_one_for_somebody_elses_application(
    name: str, claim: str, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = recipe(name).get(claim, "")
    configure(name, provider, monkeypatch, **{claim: f"{given}x"})
    claims, header, _, _ = SHAPES[name]
    assert is_refused(sign(claims, KEY, **header))


def test_a66_auth0s_other_profile_and_its_organizations(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("Auth0", provider, monkeypatch, TenantClaim="org_id")
    answer = connect(sign(AUTH0 | {"jti": "73WakrfVbNJBaAmhQtEeDv"}, KEY, typ="at+jwt"))
    assert answer["context"]["tenant"] == "org_9ybsU1dN2dKfDkBi"


def test_a66_each_directory_of_entra_is_an_issuer_and_a_tenant(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("Entra", provider, monkeypatch)
    other = ENTRA | {"tid": ANOTHER_DIRECTORY}
    assert is_refused(sign(other, KEY))
    mended = other | {"iss": MICROSOFT.replace("{tenantid}", ANOTHER_DIRECTORY)}
    answer = connect(sign(mended, KEY))  # it is good, but none of the customers'
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert is_refused(sign(other | {"iss": MICROSOFT}, KEY))
    assert is_refused(
        sign(other | {"iss": "https://login.microsoftonline.com/a/../b/v2.0", "tid": "a/../b"}, KEY)
    )


@pytest.mark.parametrize(("published_for", "refused"), [(DIRECTORY, False), (ANOTHER_DIRECTORY, True)])
def test_a66_a_key_for_one_directory_is_good_for_that_one(
    published_for: str, refused: bool, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("Entra", provider, monkeypatch)
    provider.keys[0]["issuer"] = MICROSOFT.replace("{tenantid}", published_for)
    assert is_refused(sign(ENTRA, KEY)) is refused


def test_a66_entra_with_one_directory_names_its_tenants_by_another_claim(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = MICROSOFT.replace("{tenantid}", DIRECTORY)
    configure(
        "Entra", provider, monkeypatch, JwtIssuer=issuer, TenantClaim="extn.tenant", AllowedTenants="acme"
    )
    answer = connect(sign(ENTRA | {"extn.tenant": ["acme"]}, KEY))
    assert answer["context"]["tenant"] == "acme"
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"


@pytest.mark.parametrize("organization", [["acme", "globex"], [], {"acme": {"id": "1"}}, None])
def test_a66_who_is_in_several_organizations_must_say_in_which(
    organization: Any, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("Keycloak", provider, monkeypatch)
    assert is_refused(sign(KEYCLOAK | {"organization": organization}, KEY))


def test_a66_a_claims_name_is_no_path(provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    configure("Keycloak", provider, monkeypatch, PermissionsClaim="realm_access.roles")
    assert connect(sign(KEYCLOAK, KEY))["context"]["permissions"] == ""
    flat = KEYCLOAK | {"realm_access.roles": "jobs:cancel"}
    assert connect(sign(flat, KEY))["context"]["permissions"] == "jobs:cancel"
