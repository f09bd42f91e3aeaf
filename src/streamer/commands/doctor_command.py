"""The command `streamer doctor`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from streamer.commands.arguments import Failed, state_dir_option
from streamer.console.terminal.choosing import Chosen, stack_options

EXAMPLES = """\b
Examples:
  streamer doctor
  streamer doctor --token "$TOKEN"
  streamer doctor --stack streamer --profile production --json
"""


@click.command(epilog=EXAMPLES, short_help="What ails the application, and what to do.")
@click.option(
    "--token",
    envvar="STREAMER_TOKEN",
    help="A token to hold to what the authorizer wants; it goes nowhere.  [env: STREAMER_TOKEN]",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@state_dir_option
@stack_options(required=False)
def doctor(token: str | None, as_json: bool, state_dir: Path, **options: str) -> None:
    """Look through the application that runs here, or a deployed stack, for what ails it.

    It reads with your own credentials and changes nothing. Each finding comes with its evidence and what
    mends it.

    Exit status: 0 nothing is wrong, 1 something is, 2 wrong usage, 3 no connection, 130 interrupted.
    """
    chosen = Chosen(**options, state_dir=state_dir)
    place = chosen.place()
    from botocore.exceptions import BotoCoreError, ClientError
    from rich.console import Console

    from streamer.operating.doctor.doctor_display import tell
    from streamer.operating.doctor.examining import examine
    from streamer.operating.doctor.patient import Patient

    try:
        patient = Patient(place, chosen.parts(place), token or "")
        if as_json:
            made = [{"question": heading, **asdict(looked)} for heading, looked in examine(patient)]
            found = sum(len(each["findings"]) for each in made)
            told = {"stack": place.stack, "checks": made, "findings": found}
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            found = tell(examine(patient), Console())
    except (BotoCoreError, ClientError) as error:
        raise Failed(f"{place.stack} cannot be examined: {error}", 3) from error
    sys.exit(1 if found else 0)
