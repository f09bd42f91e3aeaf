"""What the console's page "Try it" may do with the application that runs here."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from streamer.local.aws import STACK
from streamer.local.aws_lambda.lambdas import Lambdas

_READ_SECONDS = 60


class TryIt:
    """The application of `template`; `mint` makes a token for a tenant, a user and permissions."""

    def __init__(
        self,
        template: Path,
        ws_url: str,
        endpoint_url: str,
        mint: Callable[[str, str, str], str],
        lambdas: Lambdas,
    ) -> None:
        self.ws_url = ws_url
        self._template, self._endpoint_url = template, endpoint_url
        self._mint, self._lambdas = mint, lambdas

    @property
    def origins(self) -> Sequence[str]:
        """The origins that the page connects to; the client asks by HTTP, too, whether the API answers."""
        api = self.ws_url.rpartition("/")[0]
        return api, api.replace("ws", "http", 1), self._endpoint_url

    def actions(self) -> list[dict[str, Any]]:
        """Return the actions as they are now, read in a process of its own. Raises LookupError."""
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "streamer.cli", "actions", "--json", "--template", str(self._template)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_READ_SECONDS,
            check=False,
        )
        if done.returncode:
            raise LookupError(done.stderr.strip() or "The actions cannot be read.")
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def token(self, tenant: str, user: str, permissions: str) -> str:
        """Return a token of a day, with permissions, between spaces."""
        return self._mint(tenant, user, permissions)

    def kill(self, tenant: str, request_id: str) -> list[str]:
        """Kill the workers that have a stage of the job in hand; return the names of their functions."""

        def is_of_job(payload: bytes) -> bool:
            try:
                job = json.loads(payload)["context"]["Execution"]["Input"]
                return bool((job["tenant"], job["request_id"]) == (tenant, request_id))
            except (ValueError, KeyError, TypeError):
                return False

        return [name.removeprefix(f"{STACK}-") for name in self._lambdas.kill(is_of_job)]
