"""The command `streamer actions`."""

import json
from pathlib import Path

import click

from streamer.commands.arguments import Failed, needs_local, template_option

EXAMPLES = """\b
Examples:
  streamer actions
  streamer actions generate_report
  streamer actions --json
"""


@click.command(epilog=EXAMPLES, short_help="List the actions, or explain one.")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the data, JSON Schemas included.")
@template_option
def actions(name: str | None, as_json: bool, template: Path) -> None:
    """List the project's actions, or tell everything of the one called NAME: payload, stages, an example.

    Nothing is run, and no runner is needed.
    """
    try:
        from rich.console import Console

        from streamer.catalogue.entries import entries_of
        from streamer.catalogue.listing import show_all, show_one
        from streamer.project import ProjectError, load

        found = entries_of(load(template))
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    except ProjectError as error:
        raise Failed(str(error)) from error
    chosen = [entry for entry in found if name in (None, entry.name)]
    if not chosen:
        names = ", ".join(entry.name for entry in found)
        raise Failed(f"there is no action {name!r}; there are {names}", 2)
    if as_json:
        data = [entry.document() for entry in chosen]
        click.echo(json.dumps(data[0] if name else data, ensure_ascii=False, indent=2))
    elif name:
        show_one(chosen[0], Console())
    else:
        show_all(chosen, Console())
