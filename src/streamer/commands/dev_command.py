"""The command `streamer dev`."""

import gc
import shlex
from pathlib import Path

import click

from streamer.commands.arguments import Failed, needs_local, state_dir_option, template_option

EXAMPLES = """\b
Examples:
  streamer dev
  streamer dev --port 0 --state-dir /tmp/second
  streamer dev --parameter-overrides 'SyncThresholdSeconds=1 AllowedTenants=acme'
"""


@click.command(epilog=EXAMPLES, short_help="Run the application here, until Ctrl-C.")
@click.option(
    "--port",
    default=8787,
    show_default=True,
    type=click.IntRange(0, 65534),
    help="Of the WebSocket API; what stands for AWS takes the one above. 0 takes two free ones.",
)
@template_option
@click.option("--parameter-overrides", multiple=True, metavar="'K=V ...'", help="Values for its parameters.")
@state_dir_option
def dev(port: int, template: Path, parameter_overrides: tuple[str, ...], state_dir: Path) -> None:
    """Run a SAM template's WebSocket API on this machine, until Ctrl-C.

    Tables, buckets and executions are in memory, and gone when it ends. A second application beside it
    needs a --state-dir of its own.
    """
    words = [word for value in parameter_overrides for word in shlex.split(value)]
    if wrong := [word for word in words if "=" not in word.strip("=")]:
        raise click.BadParameter(f"{wrong[0]!r} is not K=V", param_hint="--parameter-overrides")
    gc.disable()  # as in `engine/loading.py`, which ends it
    try:
        from streamer.local.errors import LocalError
        from streamer.local.running import run
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    try:
        run(template, port, dict(word.split("=", 1) for word in words), state_dir)
    except LocalError as error:
        raise Failed(str(error)) from error
