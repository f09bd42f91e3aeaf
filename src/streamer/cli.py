"""The command line `streamer`; its commands are in `commands/`, a module each.

Exit status: 0 success, 1 the action failed, 2 wrong usage, 3 no connection, 130 interrupted.
"""

import sys
from importlib import import_module

try:
    import click
    import rich  # noqa: F401 - the commands need it, and the hint is for both
except ModuleNotFoundError as missing:
    sys.exit(f"streamer's command line needs {missing.name}: in the clone, pip install '.[cli]'")

from streamer.printable import printable

COMMANDS = (
    "actions",
    "dead-letters",
    "dev",
    "doctor",
    "follow",
    "forecast",
    "forget",
    "inspect",
    "new-action",
    "request",
    "token",
    "types",
    "watch",
)

# "\b" keeps click from filling a paragraph.
EXAMPLES = """\b
Run the application in this folder, then talk to it from another terminal:
  streamer dev
  streamer request echo '{"hello": "world"}'
"""


class Commands(click.Group):
    """Imports a command when it is asked for: the others' imports are no part of its start."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, D102 - click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002, D102
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"streamer.commands.{name}_command"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(package_name="stepstreamer", prog_name="streamer")
def cli() -> None:
    """Long-running actions over one WebSocket."""


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
