"""The command line of Streamer; `streamer --help` lists the commands.

Exit status: 0 success, 1 the action failed, 2 wrong usage, 3 no connection, 130 interrupted.
"""

import asyncio
import json
import re
import shlex
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

try:
    import click
    from rich.console import Console
except ModuleNotFoundError as missing:
    sys.exit(f"streamer's command line needs {missing.name}: pip install 'streamer[cli]'")

from streamer.arguments import Failed, needs_local, parse_payload, template_option
from streamer.catalogue.actions_command import actions
from streamer.client import Client
from streamer.client.errors import ConnectionLost, ConnectionRefused
from streamer.client.frames import ServerFrame
from streamer.client.line import ConnectionChange
from streamer.console.terminal.inspect_command import inspect
from streamer.console.terminal.watch_command import watch
from streamer.display import Display
from streamer.forecast.command import forecast
from streamer.scaffold.new_action import new_action

# "\b" keeps click from filling a paragraph.
TENANT = re.compile(r"[A-Za-z0-9._:-]{1,128}")

EXAMPLES = {
    "streamer": """\b
Run the application in this folder, then talk to it from another terminal:
  streamer dev
  streamer request echo '{"hello": "world"}'
""",
    "dev": """\b
Examples:
  streamer dev
  streamer dev --port 0 --parameter-overrides 'SyncThresholdSeconds=1 AllowedTenants=acme'
""",
    "token": """\b
Example:
  streamer token --tenant acme --user ada --expires 7d
""",
    "request": """\b
Examples:
  streamer request echo '{"hello": "world"}'
  streamer request generate_report @january.json
  echo '{"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "csv"}' |
    streamer request generate_report - --json
""",
}

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


state_dir_option = click.option(
    "--state-dir",
    envvar="STREAMER_STATE_DIR",
    default=".streamer",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the local runner keeps its key and its addresses.  [env: STREAMER_STATE_DIR]",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES["streamer"])
@click.version_option(package_name="streamer")
def cli() -> None:
    """Long-running actions over one WebSocket."""


@cli.command(epilog=EXAMPLES["dev"])
@click.option(
    "--port", default=8787, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@template_option
@click.option("--parameter-overrides", multiple=True, metavar="'K=V ...'", help="Values for its parameters.")
@state_dir_option
def dev(port: int, template: Path, parameter_overrides: tuple[str, ...], state_dir: Path) -> None:
    """Run a SAM template's WebSocket API on this machine, until Ctrl-C."""
    words = [word for value in parameter_overrides for word in shlex.split(value)]
    if wrong := [word for word in words if "=" not in word.strip("=")]:
        raise click.BadParameter(f"{wrong[0]!r} is not K=V", param_hint="--parameter-overrides")
    try:
        from streamer.local.errors import LocalError
        from streamer.local.runner import run
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    try:
        run(template, port, dict(word.split("=", 1) for word in words), state_dir)
    except LocalError as error:
        raise Failed(str(error)) from error


@cli.command(epilog=EXAMPLES["token"])
@click.option("--tenant", required=True, help="The tenant that the token is for.")
@click.option("--user", required=True, help="Its user.")
@click.option("--expires", default="1h", show_default=True, type=Duration(), help="30s, 15m, 1h, 7d.")
@state_dir_option
def token(tenant: str, user: str, expires: int, state_dir: Path) -> None:
    """Print a token that the local runner takes."""
    try:
        from streamer.local.identity import mint
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    if not TENANT.fullmatch(tenant):
        message = "1 to 128 characters of A-Z a-z 0-9 . _ : - are allowed; no authorizer would take another"
        raise click.BadParameter(message, param_hint="--tenant")
    click.echo(mint(state_dir, tenant, user, expires))


@cli.command(epilog=EXAMPLES["request"])
@click.argument("action")
@click.argument("payload", metavar="[JSON]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print every frame as a line of JSON.")
@click.option(
    "--url", envvar="STREAMER_URL", help="The endpoint; the local runner's by default.  [env: STREAMER_URL]"
)
@click.option("--token", envvar="STREAMER_TOKEN", help="The token for it.  [env: STREAMER_TOKEN]")
@click.option("--id", "request_id", help="The request's id; sending it again finds the same job.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), help="Stop waiting after so many seconds."
)
@state_dir_option
def request(
    action: str,
    payload: str | None,
    as_json: bool,
    url: str | None,
    token: str | None,
    request_id: str | None,
    timeout: float | None,
    state_dir: Path,
) -> None:
    """Run ACTION and follow it to its end. JSON is its payload: text, @FILE, or - for standard input.

    Exit status: 0 success, 1 the action failed, 2 wrong usage, 3 no connection, 130 interrupted.
    """
    content = parse_payload(payload)
    local = url is None
    url, token = endpoint(url, token, state_dir)
    try:
        last = asyncio.run(follow(url, token, action, content, request_id, timeout, as_json))
    except TimeoutError:
        raise Failed(f"no result within {timeout:g} s; a job that was accepted goes on") from None
    except ConnectionRefused as error:
        hint = "; is `streamer dev` still running?" if local and error.status is None else ""
        raise Failed(f"{error}{hint}", 3) from error
    except ConnectionLost as error:
        raise Failed(str(error), 3) from error
    succeeded = last["type"] == "response" or (last["type"] == "complete" and last["success"])
    sys.exit(0 if succeeded else 1)


async def follow(
    url: str,
    token: str,
    action: str,
    payload: Any,
    request_id: str | None,
    timeout: float | None,
    as_json: bool,
) -> ServerFrame:
    """Run a request, print or display its frames, and return the last of them."""
    with Display(Console()) as display:

        def tell(change: ConnectionChange, reason: str) -> None:
            if as_json and change == "lost":
                click.echo(f"{reason}; connecting again", err=True)
            elif not as_json:
                display.connection(change, reason)

        async with asyncio.timeout(timeout), Client(url, token, on_connection_change=tell) as client:
            frames = client.stream(action, payload, request_id=request_id)
            async with aclosing(frames):
                async for frame in frames:
                    if as_json:
                        click.echo(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
                    else:
                        display.show(frame)
    return frame


def endpoint(url: str | None, token: str | None, state_dir: Path) -> tuple[str, str]:
    """Return the address and the token to use: those given, or the local runner's."""
    if url and token:
        return url, token
    if url:
        raise click.UsageError("--url needs --token: the local runner's is not sent elsewhere.")
    try:
        runner = json.loads((state_dir / "dev.json").read_text())
    except (OSError, ValueError):
        message = f"no local runner found in {state_dir}: run `streamer dev` first, or give --url and --token"
        raise Failed(message, 3) from None
    return runner["ws_url"], token or runner["token"]


cli.add_command(forecast)
cli.add_command(actions)
cli.add_command(new_action)
cli.add_command(inspect)
cli.add_command(watch)


def main() -> None:
    """Run the command line; the process ends with its exit status."""
    try:
        cli(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
