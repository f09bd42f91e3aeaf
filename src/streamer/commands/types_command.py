"""The command `streamer types`."""

from pathlib import Path

import click

from streamer.commands.arguments import Failed, needs_local, template_option

EXAMPLES = """\b
Example:
  streamer types > src/actions.ts
"""


@click.command(epilog=EXAMPLES)
@template_option
def types(template: Path) -> None:
    """Print the project's actions as TypeScript: payloads, results, and the models in them.

    For `new Streamer<Actions>(…)` of the npm package stepstreamer. Nothing is run, and no runner is needed.
    """
    try:
        from streamer.project import ProjectError, load
        from streamer.typescript.contract import typescript

        text = typescript(load(template))
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    except ProjectError as error:
        raise Failed(str(error)) from error
    click.echo(text, nl=False)
