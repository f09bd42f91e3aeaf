"""Whether the identity provider's keys can be had, and whether a token is taken."""

import http.client
import json
import urllib.request
import warnings
from collections.abc import Iterator
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, import_key

from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.patient import Patient
from streamer.operating.doctor.token_faults import faults


def keys(patient: Patient) -> Iterator[Finding]:
    """Look whether the identity provider's keys can be had, from this machine, and are any good."""
    url = patient.variables_of("AuthorizerFunction").get("JWKS_URL", "")
    if url:
        _, reason = fetch(url)
        if reason:
            yield _no_keys(url, reason)


def token(patient: Patient) -> Iterator[Finding]:
    """Look at the token that is asked about."""
    variables = patient.variables_of("AuthorizerFunction")
    if patient.token and "JWKS_URL" in variables:
        found, _ = fetch(variables["JWKS_URL"])
        yield from faults(patient.token, variables, found, patient.now())


def fetch(url: str) -> tuple[list[Key], str]:
    """Return the published keys that are any good, and why there are none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the stack's parameter
            published = json.load(answer)["keys"]
        found = [key for each in published if (key := _usable(each))]
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError) as error:
        return [], f"{type(error).__name__}: {error}"
    return found, "" if found else f"none of its {len(published)} keys is usable"


def _usable(published: Any) -> Key | None:
    try:
        with warnings.catch_warnings(action="error", category=SecurityWarning):
            return import_key(published)
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None


def _no_keys(url: str, reason: str) -> Finding:
    return Finding(
        "The identity provider's keys cannot be had: every connection is refused, with 500",
        f"{url}, asked from this machine: {reason}",
        "Put JwksUrl right (docs/identity.md), or the provider; keys that were had before serve for a day.",
    )
