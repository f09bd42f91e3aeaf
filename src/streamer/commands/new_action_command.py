"""The command `streamer new-action`."""

from pathlib import Path

import click

from streamer.commands.arguments import Failed, needs_local, template_option

EXAMPLE = """\b
Example:
  streamer new-action import_orders --stages fetch_orders,check_orders,store_orders
"""


@click.command("new-action", epilog=EXAMPLE, short_help="Make an action that runs as a job.")
@click.argument("name")
@click.option(
    "--stages", required=True, metavar="A,B,C", help="Its stages in their order, 1 to 10; use verbs."
)
@template_option
def new_action(name: str, stages: str, template: Path) -> None:
    """Make an action that runs as a job: payload model, stages, state machine, registration and tests.

    NAME and the stages are in snake_case. Everything runs at once and waits for its work to be filled in;
    where something is in the way, nothing is written. Exit status: 0 made, 1 the disk refused, 2 wrong
    usage, or a name that is taken.
    """
    # Imported here: the other commands do not wait for it.
    from streamer.project import ProjectError, load
    from streamer.scaffold.making import plan, write
    from streamer.scaffold.naming import Refused, parse
    from streamer.scaffold.telling import summary

    try:
        action = parse(name, stages)
        change = plan(load(template), action)
        write(change)
    except Refused as refused:
        raise click.BadParameter(f"{refused}.", param_hint=refused.option) from refused
    except ProjectError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise Failed(f"{error}; everything is as it was") from error
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    click.echo(summary(action, change, template.parent))
