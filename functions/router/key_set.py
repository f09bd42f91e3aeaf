"""The identity provider's published keys: which of them are any good, and when they are fetched."""

import contextlib
import http.client
import json
import math
import os
import time
import urllib.request
import warnings
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, KeySet, import_key

from jobs.counting import count
from jobs.logger import logger

FRESH_SECONDS = 3600
KEPT_SECONDS = 24 * 3600  # where they cannot be fetched again
SECONDS_BETWEEN_FETCHES = 10


class NoKeys(Exception):  # noqa: N818 - what there is
    """There are no keys to hold a token to: a fault of the provider's or ours, not of the token."""


class Keys:
    """The provider's keys, fetched when needed and kept for an hour; for a day where they must.

    However many ask, and for whatever, nobody has them fetched within ten seconds of the last time.
    """

    def __init__(self) -> None:
        self._keys = KeySet([])
        self._fetched_at = self._tried_at = -math.inf

    def get(self, *, fresh: bool = False) -> KeySet:
        """Return the keys; `fresh` has them fetched again, for a key that has been rotated in.

        Raises:
            NoKeys: there are none that could be used.
        """
        now = time.monotonic()
        age = now - self._fetched_at
        usable = age <= KEPT_SECONDS
        if now - self._tried_at > SECONDS_BETWEEN_FETCHES and (fresh or age > FRESH_SECONDS):
            try:
                self._fetch()
            except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError) as error:
                if not usable:
                    raise NoKeys("the keys could not be fetched") from error
                count("KeysNotRefreshed")
                about = {"error": type(error).__name__, "age_seconds": round(age)}
                logger.warning("the keys could not be fetched; going on with the old ones", extra=about)
        elif not usable:
            raise NoKeys("the keys could not be fetched a moment ago")
        return self._keys

    def _fetch(self) -> None:
        self._tried_at = time.monotonic()
        with urllib.request.urlopen(os.environ["JWKS_URL"], timeout=5) as answer:  # noqa: S310 - a parameter
            keys = [key for each in json.load(answer)["keys"] for key in _usable(each)]
        if not keys:
            raise ValueError("no usable key")
        self._keys, self._fetched_at = KeySet(keys), time.monotonic()


def _usable(published: Any) -> list[Key]:
    """Return the key, or nothing: one that is weak, malformed or of a new kind does not spoil the others."""
    # joserfc only warns of RSA keys of less than 2,048 bits.
    with (
        contextlib.suppress(JoseError, SecurityWarning, ValueError, TypeError, KeyError),
        warnings.catch_warnings(action="error", category=SecurityWarning),
    ):
        return [import_key(published)]
    return []
