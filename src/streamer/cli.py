"""The command line `streamer`; its commands are in `commands/`, a module each.

Exit status: 0 success, 1 the action failed, 2 wrong usage, 3 no connection, 130 interrupted.
"""

import sys

try:
    import click
    import rich  # noqa: F401 - the commands need it, and the hint is for both
except ModuleNotFoundError as missing:
    sys.exit(f"streamer's command line needs {missing.name}: in the clone, pip install '.[cli]'")

from streamer.commands.actions_command import actions
from streamer.commands.dev_command import dev
from streamer.commands.doctor_command import doctor
from streamer.commands.follow_command import follow
from streamer.commands.forecast_command import forecast
from streamer.commands.forget_command import forget
from streamer.commands.inspect_command import inspect
from streamer.commands.new_action_command import new_action
from streamer.commands.request_command import request
from streamer.commands.token_command import token
from streamer.commands.types_command import types
from streamer.commands.watch_command import watch
from streamer.printable import printable

# "\b" keeps click from filling a paragraph.
EXAMPLES = """\b
Run the application in this folder, then talk to it from another terminal:
  streamer dev
  streamer request echo '{"hello": "world"}'
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(package_name="stepstreamer", prog_name="streamer")
def cli() -> None:
    """Long-running actions over one WebSocket."""


for command in (
    actions,
    dev,
    doctor,
    follow,
    forecast,
    forget,
    inspect,
    new_action,
    request,
    token,
    types,
    watch,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; the process ends with its exit status."""
    try:
        cli(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OSError as error:  # a disk that is full, a folder that is another's
        sys.exit(f"Error: {printable(str(error))}")


if __name__ == "__main__":
    main()
