"""The command `streamer forecast`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from streamer.commands.arguments import Failed, needs_local, parse_payload, template_option

EXAMPLES = """\b
Examples:
  streamer forecast generate_report @january.json
  streamer forecast generate_report @january.json --seconds 60 --followers 3
  streamer forecast generate_report @january.json --json
"""


@click.command(epilog=EXAMPLES, short_help="What a job costs on AWS, what breaks first.")
@click.argument("action")
@click.argument("payload", metavar="[JSON]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@template_option
@click.option("--items", type=click.IntRange(0, 10**9), help="How many items each Map has.")
@click.option(
    "--followers", default=1, show_default=True, type=click.IntRange(0, 10**6), help="Who follows the job."
)
@click.option(
    "--seconds", type=click.FloatRange(0, 10**8), help="How long the job takes; its estimate by default."
)
def forecast(
    action: str,
    payload: str | None,
    as_json: bool,
    template: Path,
    items: int | None,
    followers: int,
    seconds: float | None,
) -> None:
    """Check ACTION's state machine; what it costs, what breaks first.

    JSON is the payload: text, @FILE, or - for standard input; the action's own example by default. Nothing
    is run, and AWS is not asked.

    Exit status: 0 nothing is wrong, 1 something is, 2 wrong usage.
    """
    content = parse_payload(payload)
    try:
        from rich.console import Console

        from streamer.forecast.asking import ask
        from streamer.forecast.printing import show
        from streamer.project import ProjectError

        found = ask(template, action, content, items=items, followers=followers, seconds=seconds)
    except ModuleNotFoundError as missing:
        raise needs_local(missing) from missing
    except ProjectError as error:
        raise Failed(str(error)) from error
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        show(found, Console())
    sys.exit(1 if found.fails else 0)
