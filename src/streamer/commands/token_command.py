"""The command `streamer token`."""

import re
from pathlib import Path
from typing import Any

import click

from streamer.commands.arguments import Failed, check_tenant, needs_local, state_dir_option

EXAMPLE = """\b
Example:
  streamer token --tenant acme --user ada --expires 7d
"""

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType):
    """A length of time such as 30s, 15m, 1h or 7d, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds; refuse what is no duration."""
        match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", str(value))
        if not match:
            self.fail(f"{value!r} is no duration; say 30s, 15m, 1h or 7d", param, ctx)
        return int(match[1]) * SECONDS[match[2]]


@click.command(epilog=EXAMPLE, short_help="Print a token for the local runner.")
@click.option("--tenant", required=True, help="The tenant that the token is for.")
@click.option("--user", required=True, help="Its user.")
@click.option("--expires", default="1h", show_default=True, type=Duration(), help="30s, 15m, 1h, 7d.")
@click.option("--permissions", default="", help="What it permits, such as 'jobs:cancel reports:write'.")
@state_dir_option
def token(tenant: str, user: str, expires: int, permissions: str, state_dir: Path) -> None:
    """Print a token that the local runner takes.

    It is signed with the key in the runner's state folder, which the first `streamer dev` there makes.
    """
    try:
        from streamer.local.errors import LocalError
        from streamer.local.identity import mint
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    check_tenant(tenant)
    try:
        click.echo(mint(state_dir, tenant, user, expires, permissions=permissions))
    except LocalError as error:
        raise Failed(str(error)) from error
