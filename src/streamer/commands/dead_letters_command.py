"""The command `streamer dead-letters`."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click

from streamer.commands.arguments import Failed, state_dir_option
from streamer.console.terminal.choosing import Chosen, stack_options
from streamer.printable import printable

EXAMPLES = """\b
Examples:
  streamer dead-letters --stack streamer --profile production
  streamer dead-letters 6f1c2a4e-… --hand-back --stack streamer
"""


@click.command("dead-letters", epilog=EXAMPLES, short_help="Events that nobody took; hand them back.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--hand-back", is_flag=True, help="Give them to their functions again: these, or all.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each.")
@state_dir_option
@stack_options(required=False)
def dead_letters(
    ids: tuple[str, ...], hand_back: bool, as_json: bool, state_dir: Path, **options: str
) -> None:
    """List the events that EventBridge could not deliver and that functions failed at, and say why.

    One that is handed back is taken out of the queue when its function has it again.

    Exit status: 0 none is left of those, 1 some are, 2 wrong usage, 3 no connection, 130 interrupted.
    """
    chosen = Chosen(**options, state_dir=state_dir)
    place = chosen.place()
    from botocore.exceptions import BotoCoreError, ClientError

    from streamer.operating.dead_letters.letter_box import LetterBox

    left = 0
    try:
        parts = chosen.parts(place)
        if not parts.name("DeadLetters"):
            raise Failed(f"{place.stack} has no queue DeadLetters", 3)
        box = LetterBox(place, parts)
        with box.opened() as letters:
            for letter in letters:
                if ids and letter.id not in ids:
                    continue
                back = hand_back and box.hand_back(letter)
                left += not back
                told = {name: value for name, value in asdict(letter).items() if name != "receipt"}
                if as_json:
                    click.echo(json.dumps(told | {"handed_back": back}, ensure_ascii=False))
                else:
                    age = (time.time() - letter.sent) / 60
                    done = "  handed back" if back else ""
                    click.echo(printable(f"{letter.id}  {letter.function or '?'}  {age:.0f} min ago{done}"))
                    click.echo(printable(f"  {letter.about}"))
                    click.echo(printable(f"  {letter.why}"))
    except (BotoCoreError, ClientError) as error:
        raise Failed(str(error), 3) from error
    sys.exit(1 if left else 0)
